import * as pulumi from "@pulumi/pulumi";
import { DatabaseResources, ImageSource } from "./config/config.generated";
import { imageReference } from "./image";
import { restrictedContainer, restrictedPod } from "./restrictedContainer";

/** Arguments of {@link officialPrimaryValues}. */
export interface OfficialPrimaryArgs {
  image: ImageSource;
  /** Name of the Secret with the key `postgres-password`. */
  secretName: pulumi.Input<string>;
  resources: DatabaseResources;
  /** The author's values of the chart. */
  values?: Record<string, unknown>;
}

/** The folder where the chart mounts the volume and, below it, the configuration files. */
const folder = "/bitnami/postgresql";

/** Otherwise PostgreSQL's own defaults apply. */
const configuration = `listen_addresses = '*'
unix_socket_directories = '/var/run/postgresql'
{{- if or .Values.primary.extendedConfiguration .Values.primary.existingExtendedConfigmap }}
include_dir = 'conf.d'
{{- end }}
`;

/** The image's own rules trust 127.0.0.1: anyone who may forward a port would be the superuser. */
const pgHbaConfiguration = `local all all scram-sha-256
host all all all scram-sha-256
`;

/**
 * Creates the data folder next to its final place, and moves it there when it is complete. The image's entrypoint does
 * not: it takes a folder that an interrupted first start left behind for a complete one, and starts without databases.
 */
const firstStart = `set -e
if [ -s "$PGDATA/PG_VERSION" ]; then exit 0; fi
rm -rf "$PGDATA.new"
PGDATA="$PGDATA.new" docker-ensure-initdb.sh
mv --no-target-directory "$PGDATA.new" "$PGDATA"
`;

/** Folders that PostgreSQL writes to besides its data, as the root file system is read-only. */
const scratch = [
  { name: "tmp", mountPath: "/tmp" },
  { name: "run", mountPath: "/var/run/postgresql" },
];

/**
 * The `primary` section of the Bitnami chart's values with which it runs the official PostgreSQL image. They suit an empty
 * volume and one that Bitnami's image created, which has no configuration files.
 */
export function officialPrimaryValues(args: OfficialPrimaryArgs): Record<string, unknown> {
  return {
    configuration,
    pgHbaConfiguration,
    args: ["-c", `config_file=${folder}/conf/postgresql.conf`, "-c", `hba_file=${folder}/conf/pg_hba.conf`],
    initContainers: [firstStartContainer(args)],
    containerSecurityContext: { readOnlyRootFilesystem: true },
    extraVolumes: scratch.map(({ name }) => ({ name, emptyDir: {} })),
    extraVolumeMounts: scratch,
  };
}

/**
 * The mount of the author's init scripts. The chart mounts its volume only into the server's container, where they would
 * never run: by then, the data folder is complete.
 */
function initScripts(values: OfficialPrimaryArgs["values"]): { name: string; mountPath: string }[] {
  const { initdb } = (values?.primary ?? {}) as { initdb?: Record<string, unknown> };
  const mountPath = "/docker-entrypoint-initdb.d";
  if (initdb?.scripts || initdb?.scriptsConfigMap) {
    return [{ name: "custom-init-scripts", mountPath }];
  }
  return initdb?.scriptsSecret ? [{ name: "custom-init-scripts-secret", mountPath }] : [];
}

function firstStartContainer({ image, secretName, resources, values }: OfficialPrimaryArgs): Record<string, unknown> {
  return {
    name: "first-start",
    image: imageReference(image),
    command: ["sh", "-c", firstStart],
    env: [
      { name: "PGDATA", value: `${folder}/data` },
      { name: "POSTGRES_PASSWORD", valueFrom: { secretKeyRef: { name: secretName, key: "postgres-password" } } },
      // So that the temporary server trusts nobody either.
      { name: "POSTGRES_INITDB_ARGS", value: "--auth=scram-sha-256" },
    ],
    resources,
    // The same user as the chart's container.
    securityContext: {
      ...restrictedPod,
      ...restrictedContainer,
      runAsGroup: 0,
    },
    volumeMounts: [{ name: "data", mountPath: folder }, ...scratch, ...initScripts(values)],
  };
}
