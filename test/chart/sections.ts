import { Values } from "../helpers/helm";

/** The smallest values that turn on each optional part of the chart. */
export const sections: Record<string, Values> = {
  mlModel: {
    mlModel: { enabled: true, volume: { type: "claim" }, fetch: { enabled: true, command: ["fetch", "model"] } },
  },
  migration: { migration: { enabled: true, command: ["flask", "db", "upgrade"] } },
  worker: { worker: { enabled: true, command: ["celery", "worker"] } },
  startupProbe: { healthCheck: { startupProbe: { enabled: true } } },
  database: { database: { enabled: true, host: "db.example.com" } },
  redis: { redis: { enabled: true, host: "cache.example.com" } },
  ingress: {
    ingress: {
      enabled: true,
      hosts: [{ host: "shop.example.com", paths: [{ path: "/", pathType: "Prefix" }] }],
    },
  },
  autoscaling: { autoscaling: { enabled: true } },
  podDisruptionBudget: { podDisruptionBudget: { enabled: true } },
  persistence: { persistence: { enabled: true } },
  networkPolicy: { networkPolicy: { enabled: true } },
  serviceMonitor: { serviceMonitor: { enabled: true } },
};

/** The values that turn on all of them. */
export const everySection: Values = Object.assign({}, ...Object.values(sections)) as Values;
