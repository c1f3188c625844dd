const names = "the app's URL and the network policies rely on the names and labels of the chart";
const oneServer = "the app has one URL, which leads to one server; docs/databases.md says where to get replicas";
const noApiRights = "the database does not use the Kubernetes API";
const policies = "the program has policies of its own; set flask-app:app.networkPolicy";
const account = "the program gives the pod an account without a token";
const connections = "the app's URL and the network policies rely on the port";
const service =
  "the app's URL relies on the Service; to expose the database, add a Service of your own to app.extraManifests";
const plaintext = "the app connects inside the namespace, without TLS; for TLS, use an external server";
const rootContainer = "it needs a container that runs as root; the program sets fsGroup instead";
const notRunning = "the database would not run; use kubectl debug";
const moreObjects = "put these objects into app.extraManifests";
const start = "the program starts the server";

/** For both charts. `KEY` stands for `postgresql` or `redis`. */
const both = {
  image: "set KEY.inCluster.image",
  auth: "the program generates the passwords",
  global: "set KEY.inCluster.image and KEY.inCluster.storage",
  architecture: oneServer,
  nameOverride: names,
  fullnameOverride: names,
  commonLabels: names,
  clusterDomain: names,
  extraDeploy: moreObjects,
  diagnosticMode: notRunning,
  networkPolicy: policies,
  serviceAccount: account,
  rbac: noApiRights,
  serviceBindings: "the Secret that it creates would be another copy of the password",
  tls: plaintext,
  volumePermissions: rootContainer,
};

/** The same, below the section of the server's pod: `primary` or `master`. */
const perPod = {
  command: start,
  args: start,
  resources: "set KEY.inCluster.resources",
  persistence: "set KEY.inCluster.storage",
  service,
  "podLabels.app.kubernetes.io/name": names,
  "podLabels.app.kubernetes.io/instance": names,
  "podLabels.app.kubernetes.io/component": names,
};

const postgresqlOnly = {
  replication: oneServer,
  readReplicas: oneServer,
  containerPorts: connections,
  audit: "only Bitnami's image reads it; set primary.extendedConfiguration",
  ldap: "only Bitnami's image reads it",
  postgresqlSharedPreloadLibraries: "only Bitnami's image reads it; set primary.extendedConfiguration",
  postgresqlDataDir: "the data of the running database is in the chart's folder",
  backup: "set postgresql.inCluster.backup",
  psp: noApiRights,
  "primary.name": names,
  "primary.persistentVolumeClaimRetentionPolicy": "set flask-app:protect",
  "primary.configuration": "set primary.extendedConfiguration, whose lines win",
  "primary.existingConfigmap": "set primary.existingExtendedConfigmap, whose lines win",
  "primary.pgHbaConfiguration": "every login needs a password",
  "primary.initdb.args": start,
  "primary.initdb.postgresqlWalDir": start,
  "primary.initdb.user": "scripts run as the superuser",
  "primary.initdb.password": "scripts run as the superuser",
  "primary.standby": oneServer,
};

const redisOnly = {
  replica: oneServer,
  sentinel: oneServer,
  commonConfiguration: "it replaces what turns the append-only file on; set master.configuration",
  existingConfigmap: "set master.configuration",
  pdb: "Redis is one pod: a budget would block every drain of its node",
  podSecurityPolicy: noApiRights,
  sysctl: rootContainer,
  useExternalDNS: names,
  "master.count": oneServer,
  "master.kind": "a Deployment would start a second Redis on the same volume",
  "master.containerPorts": connections,
  "master.preExecCmds": start,
  "master.extraFlags": "set master.configuration",
  "master.serviceAccount": account,
};

/** Values of the Bitnami charts that the program owns: path, and the reason or what to set instead. */
export const ownedValues = {
  postgresql: owned("postgresql", { ...both, ...postgresqlOnly }, "primary"),
  redis: owned("redis", { ...both, ...redisOnly }, "master"),
};

function owned(key: string, values: Record<string, string>, pod: string): Record<string, string> {
  const ofPod = Object.entries(perPod).map(([path, reason]) => [`${pod}.${path}`, reason]);
  const all = [...Object.entries(values), ...ofPod].map(([path, reason]) => [path, reason.replaceAll("KEY", key)]);
  return Object.fromEntries(all) as Record<string, string>;
}
