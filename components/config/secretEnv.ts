import { StackConfig } from "./config.generated";
import { ConfigFault } from "./configFault";

/** Environment variables of the app that the program or the chart sets, and the config that decides their values. */
export const reservedVariables: Record<string, string> = {
  SECRET_KEY: "the program, which generates it",
  DATABASE_URL: "the program, from postgresql",
  REDIS_URL: "the program, from redis",
  APP_NAME: "the chart, from app.flask.appName",
  FLASK_ENV: "the chart, from app.flask.env",
  FLASK_DEBUG: "the chart, from app.flask.debug",
  LOG_LEVEL: "the chart, from app.flask.logLevel",
  MODEL_PATH: "the chart, from app.mlModel.modelPath",
  MODEL_VERSION: "the chart, from app.mlModel.modelVersion",
  MODEL_TYPE: "the chart, from app.mlModel.modelType",
  BATCH_SIZE: "the chart, from app.mlModel.batchSize",
};

/** Finds names in `secretEnv` that are set elsewhere, too. In a pod, only one of the two values would have an effect. */
export function secretEnvFaults({ secretEnv = {}, app }: Pick<StackConfig, "secretEnv" | "app">): ConfigFault[] {
  return Object.keys(secretEnv).flatMap((name) => {
    const extra = (app.extraEnv ?? []).findIndex((variable) => variable.name === name);
    const other = reservedVariables[name] ?? (extra >= 0 ? `app.extraEnv[${extra}]` : undefined);
    return other ? [{ path: `secretEnv.${name}`, problem: `must not be set: the variable is set by ${other}` }] : [];
  });
}
