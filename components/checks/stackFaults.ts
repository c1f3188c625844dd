import { chartDefaults, valueAt } from "../config/chartValues";
import { FlaskAppValues, StackConfig } from "../config/config.generated";
import { ConfigFault } from "../config/configFault";
import { imageFamily } from "../image";

/** Finds values that are valid one by one but contradict each other, and that the chart cannot compare. */
export function stackFaults(config: StackConfig): ConfigFault[] {
  return [...tagFaults(config.app), ...copyFaults(config)];
}

/** The chart's default tag is one of its demo image. With another repository, it would name an image that does not exist. */
function tagFaults({ image = {} }: FlaskAppValues): ConfigFault[] {
  const { repository, tag } = image;
  return repository && tag === undefined
    ? [
        {
          path: "app.image.tag",
          problem: `is missing, accepted: the tag of your image, next to a digest, too: the chart's default, ${JSON.stringify(valueAt(chartDefaults(), ["image", "tag"]))}, belongs to its demo image`,
        },
      ]
    : [];
}

/** The official image encrypts the copy with its `gpg`. Bitnami's image has none, so each backup would fail. */
function copyFaults({ postgresql: { inCluster } }: StackConfig): ConfigFault[] {
  return inCluster?.backup?.copy && imageFamily(inCluster.image ?? {}) === "bitnami"
    ? [
        {
          path: "postgresql.inCluster.backup.copy",
          problem:
            "must not be set: it needs gpg, which an image of Bitnami's does not have; remove postgresql.inCluster.image to run the official one",
        },
      ]
    : [];
}

/**
 * A contradiction that the chart found, as a fault of the config. Says which of the values are the chart's defaults: no file
 * of the user's has them.
 */
export function contradictionInConfig({ path, problem }: ConfigFault, app: FlaskAppValues): ConfigFault {
  const own = isDefault(app, path) ? problem.replace(/^found ("[^"]*"|[^\s,]+)/, "$&, the chart's default") : problem;
  const named = own.replace(/([\w./-]+)(?:, which)? is ("[^"]*"|\d+)/g, (text: string, key: string) =>
    isDefault(app, key)
      ? `${text} by the chart's default (set app.${key}, too${/^resources\./.test(key) ? ", or null to remove it" : ""})`
      : text,
  );
  return { path: `app.${path}`, problem: named };
}

function isDefault(app: FlaskAppValues, path: string): boolean {
  return !isSet(app, path) && valueAt(chartDefaults(), path.split(".")) !== undefined;
}

function isSet(app: FlaskAppValues, path: string): boolean {
  return valueAt(app, path.split(".")) !== undefined;
}
