import { Values } from "../helpers/helm";

/** Each optional part of the chart, by the fewest values that turn it on. */
export const sections: Record<string, Values> = {
  mlModel: {
    mlModel: { enabled: true, volume: { type: "claim" }, fetch: { enabled: true, command: ["fetch", "model"] } },
  },
  migration: { migration: { enabled: true, command: ["flask", "db", "upgrade"] } },
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

/** Every optional part of the chart at once. */
export const everySection: Values = Object.assign({}, ...Object.values(sections)) as Values;
