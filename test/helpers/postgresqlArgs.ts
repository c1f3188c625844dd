/** Arguments of a PostgreSQL in the cluster, for tests of its component. */
export const postgresqlArgs = {
  releaseName: "shop-postgresql",
  namespace: "shop",
  timeoutSeconds: 120,
  keepVolume: false,
  username: "ann",
  database: "orders",
  storage: { size: "3Gi" },
};
