/* Made from config.schema.json by "npm run generate". */

/**
 * Access modes of a claim; ReadWriteOncePod cannot be combined with others.
 *
 * @minItems 1
 *
 * This interface was referenced by `FlaskAppValues`'s JSON-Schema
 * via the `definition` "accessModes".
 */
export type AccessModes = [
  "ReadWriteOnce" | "ReadOnlyMany" | "ReadWriteMany" | "ReadWriteOncePod",
  ...("ReadWriteOnce" | "ReadOnlyMany" | "ReadWriteMany" | "ReadWriteOncePod")[]
];
/**
 * Any text of at most 63 characters, such as today's date
 *
 * This interface was referenced by `StackConfig`'s JSON-Schema
 * via the `definition` "rotationText".
 */
export type RotationText = string;
/**
 * Other values of the Bitnami chart; docs/databases.md says which the program owns
 */
export type PostgresqlChartValues = Record<string, unknown>;
/**
 * Other values of the Bitnami chart; docs/databases.md says which the program owns
 */
export type RedisChartValues = Record<string, unknown>;

/**
 * What Pulumi.<stack>.yaml holds under `flask-app:`.
 */
export interface StackConfig {
  /**
   * lower-case letters, digits and hyphens, at most 63 characters; the program creates this namespace
   */
  namespace: string;
  /**
   * Pod Security Standard that the namespace enforces
   */
  podSecurity: "privileged" | "baseline" | "restricted";
  /**
   * Name of the app's Helm release: lower-case letters, digits and hyphens, starting with a letter, at most 42 characters; the databases' releases are <releaseName>-postgresql and <releaseName>-redis
   */
  releaseName: string;
  /**
   * Protects the namespace, the databases and their passwords from `pulumi destroy`, and keeps every volume, the app's included, when its release is deleted
   */
  protect: boolean;
  /**
   * What the stack is if it is not production; without it, the guard rails apply
   */
  tier?: "development" | "staging";
  /**
   * Guard rails that do not apply to this stack, by name
   */
  waivers?: Record<string, Waiver>;
  /**
   * Allows one deployment to change the storage or the name of a database in the cluster, or to replace it with an external one. The old data is not moved. Remove this key afterwards
   */
  allowDataChange?: boolean;
  /**
   * Seconds that each release may take to become ready before its deployment fails
   */
  timeoutSeconds: number;
  /**
   * Rotation markers: change one to generate a new value
   */
  rotation?: {
    /**
     * Marker for the password of PostgreSQL's user: any text of at most 63 characters, such as today's date
     */
    postgresql?: string;
    /**
     * Marker for the password of Redis: any text of at most 63 characters, such as today's date
     */
    redis?: string;
    /**
     * Marker for SECRET_KEY: any text of at most 63 characters, such as today's date
     */
    secretKey?: string;
  };
  app: FlaskAppValues;
  /**
   * Secret environment variables of the app, by name: letters, digits and _, not starting with a digit; set each with `pulumi config set --secret --path`
   */
  secretEnv?: Record<string, string>;
  /**
   * either inCluster or external
   */
  postgresql:
    {inCluster: PostgresqlInCluster; external?: undefined} | {external: PostgresqlExternal; inCluster?: undefined};
  /**
   * either inCluster or external
   */
  redis: {inCluster: RedisInCluster; external?: undefined} | {external: RedisExternal; inCluster?: undefined};
}
/**
 * Chart values; values.yaml has their meanings and defaults.
 */
export interface FlaskAppValues {
  /**
   * Shared by Helm with every sub-chart; not used by this chart.
   */
  global?: {
    [k: string]: unknown;
  };
  /**
   * DNS label of at most 63 characters, or empty.
   *
   * This interface was referenced by `FlaskAppValues`'s JSON-Schema
   * via the `definition` "labelOrEmpty".
   */
  nameOverride?: string;
  /**
   * DNS label of at most 63 characters, or empty.
   *
   * This interface was referenced by `FlaskAppValues`'s JSON-Schema
   * via the `definition` "labelOrEmpty".
   */
  fullnameOverride?: string;
  commonLabels?: Labels;
  commonAnnotations?: Annotations;
  /**
   * Integer of at least 0, or null.
   *
   * This interface was referenced by `FlaskAppValues`'s JSON-Schema
   * via the `definition` "countOrNull".
   */
  replicaCount?: number | null;
  image?: {
    /**
     * image name with its registry, but without a tag or digest
     */
    repository?: string;
    /**
     * image tag
     */
    tag?: string;
    /**
     * image digest (sha256: and 64 hexadecimal digits), or empty
     */
    digest?: string;
    pullPolicy?: "Always" | "IfNotPresent" | "Never";
  };
  imagePullSecrets?: {
    /**
     * Name of a Kubernetes object (DNS subdomain).
     *
     * This interface was referenced by `FlaskAppValues`'s JSON-Schema
     * via the `definition` "objectName".
     */
    name: string;
  }[];
  strategy?: {
    type?: "RollingUpdate" | "Recreate";
    /**
     * maxUnavailable and maxSurge, each a number or a percentage; null with Recreate
     */
    rollingUpdate?: {
      /**
       * A number or a percentage, such as 2 or 50%.
       *
       * This interface was referenced by `FlaskAppValues`'s JSON-Schema
       * via the `definition` "countOrPercentage".
       */
      maxUnavailable?: number | string;
      /**
       * A number or a percentage, such as 2 or 50%.
       *
       * This interface was referenced by `FlaskAppValues`'s JSON-Schema
       * via the `definition` "countOrPercentage".
       */
      maxSurge?: number | string;
    } | null;
  };
  command?: string[];
  args?: string[];
  terminationGracePeriodSeconds?: number;
  drainSeconds?: number;
  podAnnotations?: Annotations;
  podLabels?: Labels;
  serviceAccount?: {
    create?: boolean;
    /**
     * Name of a Kubernetes object (DNS subdomain), or empty.
     *
     * This interface was referenced by `FlaskAppValues`'s JSON-Schema
     * via the `definition` "objectNameOrEmpty".
     */
    name?: string;
    annotations?: Annotations;
  };
  automountServiceAccountToken?: boolean;
  hardened?: boolean;
  podSecurityContext?: {
    [k: string]: unknown;
  };
  securityContext?: {
    [k: string]: unknown;
  };
  resources?: {
    limits?: ResourceQuantities;
    requests?: ResourceQuantities;
  };
  /**
   * Name of a Kubernetes object (DNS subdomain), or empty.
   *
   * This interface was referenced by `FlaskAppValues`'s JSON-Schema
   * via the `definition` "objectNameOrEmpty".
   */
  priorityClassName?: string;
  /**
   * Name of a Kubernetes object (DNS subdomain), or empty.
   *
   * This interface was referenced by `FlaskAppValues`'s JSON-Schema
   * via the `definition` "objectNameOrEmpty".
   */
  runtimeClassName?: string;
  topologySpreadConstraints?: {
    [k: string]: unknown;
  }[];
  nodeSelector?: Labels;
  affinity?: {
    [k: string]: unknown;
  };
  tolerations?: {
    [k: string]: unknown;
  }[];
  enableServiceLinks?: boolean;
  lifecycle?: {
    [k: string]: unknown;
  };
  initContainers?: {
    [k: string]: unknown;
  }[];
  sidecars?: {
    [k: string]: unknown;
  }[];
  extraEnv?: {
    [k: string]: unknown;
  }[];
  extraEnvFrom?: {
    [k: string]: unknown;
  }[];
  extraVolumes?: {
    [k: string]: unknown;
  }[];
  extraVolumeMounts?: {
    [k: string]: unknown;
  }[];
  extraManifests?: {
    [k: string]: unknown;
  }[];
  flask?: {
    appName?: string;
    env?: string;
    debug?: boolean;
    logLevel?: "DEBUG" | "INFO" | "WARNING" | "ERROR" | "CRITICAL";
    secretKey?: string;
  };
  /**
   * Name of a Kubernetes object (DNS subdomain), or empty.
   *
   * This interface was referenced by `FlaskAppValues`'s JSON-Schema
   * via the `definition` "objectNameOrEmpty".
   */
  existingSecret?: string;
  mlModel?: {
    enabled?: boolean;
    /**
     * Absolute path in the container.
     *
     * This interface was referenced by `FlaskAppValues`'s JSON-Schema
     * via the `definition` "absolutePath".
     */
    modelPath?: string;
    modelVersion?: string;
    modelType?: string;
    batchSize?: number;
    volume?: {
      type?: "" | "emptyDir" | "claim" | "existingClaim";
      /**
       * Name of a Kubernetes object (DNS subdomain), or empty.
       *
       * This interface was referenced by `FlaskAppValues`'s JSON-Schema
       * via the `definition` "objectNameOrEmpty".
       */
      existingClaim?: string;
      /**
       * Size above 0, such as 500Mi or 10Gi.
       *
       * This interface was referenced by `FlaskAppValues`'s JSON-Schema
       * via the `definition` "size".
       */
      size?: string;
      /**
       * Name of a Kubernetes object (DNS subdomain), or empty.
       *
       * This interface was referenced by `FlaskAppValues`'s JSON-Schema
       * via the `definition` "objectNameOrEmpty".
       */
      storageClass?: string;
      accessModes?: AccessModes;
      retain?: boolean;
    };
    fetch?: {
      enabled?: boolean;
      /**
       * Image name with its registry and a tag or digest.
       *
       * This interface was referenced by `FlaskAppValues`'s JSON-Schema
       * via the `definition` "image".
       */
      image?: string;
      command?: string[];
    };
  };
  migration?: {
    enabled?: boolean;
    command?: string[];
    args?: string[];
    resources?: Resources;
    initContainers?: {
      [k: string]: unknown;
    }[];
    sidecars?: {
      [k: string]: unknown;
    }[];
    /**
     * Name of a Kubernetes object (DNS subdomain), or empty.
     *
     * This interface was referenced by `FlaskAppValues`'s JSON-Schema
     * via the `definition` "objectNameOrEmpty".
     */
    serviceAccountName?: string;
    backoffLimit?: number;
    activeDeadlineSeconds?: number;
  };
  worker?: {
    enabled?: boolean;
    command?: string[];
    args?: string[];
    /**
     * Integer of at least 0, or null.
     *
     * This interface was referenced by `FlaskAppValues`'s JSON-Schema
     * via the `definition` "countOrNull".
     */
    replicaCount?: number | null;
    resources?: Resources;
  };
  healthCheck?: {
    startupProbe?: Probe;
    livenessProbe?: Probe;
    readinessProbe?: Probe;
  };
  database?: {
    enabled?: boolean;
    /**
     * DNS host name or IPv4 address.
     *
     * This interface was referenced by `FlaskAppValues`'s JSON-Schema
     * via the `definition` "hostOrEmpty".
     */
    host?: string;
    port?: number;
    name?: string;
    username?: string;
    password?: string;
  };
  redis?: {
    enabled?: boolean;
    /**
     * DNS host name or IPv4 address.
     *
     * This interface was referenced by `FlaskAppValues`'s JSON-Schema
     * via the `definition` "hostOrEmpty".
     */
    host?: string;
    port?: number;
    database?: number;
    password?: string;
  };
  service?: {
    type?: "ClusterIP" | "NodePort" | "LoadBalancer";
    port?: number;
    targetPort?: number;
    extraPorts?: {
      /**
       * Name of a port: at most 15 lower-case letters, digits and hyphens, with a letter.
       *
       * This interface was referenced by `FlaskAppValues`'s JSON-Schema
       * via the `definition` "portName".
       */
      name: string;
      port: number;
      targetPort?: number;
      protocol?: "TCP" | "UDP";
    }[];
    annotations?: Annotations;
  };
  ingress?: {
    enabled?: boolean;
    /**
     * Name of a Kubernetes object (DNS subdomain), or empty.
     *
     * This interface was referenced by `FlaskAppValues`'s JSON-Schema
     * via the `definition` "objectNameOrEmpty".
     */
    className?: string;
    annotations?: Annotations;
    hosts?: {
      /**
       * DNS host name, such as api.example.com or *.example.com
       *
       * This interface was referenced by `FlaskAppValues`'s JSON-Schema
       * via the `definition` "hostName".
       */
      host: string;
      /**
       * @minItems 1
       */
      paths: [
        {
          /**
           * URL path that begins with /.
           *
           * This interface was referenced by `FlaskAppValues`'s JSON-Schema
           * via the `definition` "urlPath".
           */
          path: string;
          pathType: "Exact" | "Prefix" | "ImplementationSpecific";
        },
        ...{
          /**
           * URL path that begins with /.
           *
           * This interface was referenced by `FlaskAppValues`'s JSON-Schema
           * via the `definition` "urlPath".
           */
          path: string;
          pathType: "Exact" | "Prefix" | "ImplementationSpecific";
        }[]
      ];
    }[];
    tls?: {
      /**
       * Name of a Kubernetes object (DNS subdomain).
       *
       * This interface was referenced by `FlaskAppValues`'s JSON-Schema
       * via the `definition` "objectName".
       */
      secretName?: string;
      /**
       * @minItems 1
       */
      hosts?: [string, ...string[]];
    }[];
  };
  autoscaling?: {
    enabled?: boolean;
    minReplicas?: number;
    maxReplicas?: number;
    targetCPUUtilizationPercentage?: number;
    targetMemoryUtilizationPercentage?: number;
    metrics?: {
      [k: string]: unknown;
    }[];
    behavior?: {
      [k: string]: unknown;
    };
    external?: boolean;
  };
  podDisruptionBudget?: {
    enabled?: boolean;
    /**
     * A number or a percentage, such as 2 or 50%.
     *
     * This interface was referenced by `FlaskAppValues`'s JSON-Schema
     * via the `definition` "countOrPercentage".
     */
    minAvailable?: number | string;
    /**
     * A number or a percentage of at least 1, such as 2 or 50%, because 0 would let no node be drained; or empty.
     */
    maxUnavailable?: string | number;
    unhealthyPodEvictionPolicy?: "" | "IfHealthyBudget" | "AlwaysAllow";
  };
  persistence?: {
    enabled?: boolean;
    /**
     * Name of a Kubernetes object (DNS subdomain), or empty.
     *
     * This interface was referenced by `FlaskAppValues`'s JSON-Schema
     * via the `definition` "objectNameOrEmpty".
     */
    existingClaim?: string;
    /**
     * Size above 0, such as 500Mi or 10Gi.
     *
     * This interface was referenced by `FlaskAppValues`'s JSON-Schema
     * via the `definition` "size".
     */
    size?: string;
    /**
     * Name of a Kubernetes object (DNS subdomain), or empty.
     *
     * This interface was referenced by `FlaskAppValues`'s JSON-Schema
     * via the `definition` "objectNameOrEmpty".
     */
    storageClass?: string;
    accessModes?: AccessModes;
    /**
     * Absolute path in the container.
     *
     * This interface was referenced by `FlaskAppValues`'s JSON-Schema
     * via the `definition` "absolutePath".
     */
    mountPath?: string;
    annotations?: Annotations;
    retain?: boolean;
  };
  networkPolicy?: {
    enabled?: boolean;
    ingressFrom?: {
      [k: string]: unknown;
    }[];
    metricsFrom?: {
      [k: string]: unknown;
    }[];
    dnsPeers?: {
      [k: string]: unknown;
    }[];
    databasePeers?: {
      [k: string]: unknown;
    }[];
    redisPeers?: {
      [k: string]: unknown;
    }[];
    egress?: {
      [k: string]: unknown;
    }[];
  };
  serviceMonitor?: {
    enabled?: boolean;
    /**
     * URL path that begins with /.
     *
     * This interface was referenced by `FlaskAppValues`'s JSON-Schema
     * via the `definition` "urlPath".
     */
    path?: string;
    /**
     * A port number, 0, or the name of a port in service.extraPorts.
     */
    port?: number | string;
    /**
     * duration, such as 30s or 1m
     */
    interval?: string;
    labels?: Labels;
  };
  test?: {
    /**
     * Image name with its registry and a tag or digest.
     *
     * This interface was referenced by `FlaskAppValues`'s JSON-Schema
     * via the `definition` "image".
     */
    image?: string;
    command?: string[];
    args?: string[];
  };
}
/**
 * Labels; a key is at most 63 letters, digits, -, _ and ., optionally after a DNS name and /.
 *
 * This interface was referenced by `FlaskAppValues`'s JSON-Schema
 * via the `definition` "labels".
 */
export interface Labels {
  /**
   * Label value: empty, or at most 63 letters, digits, -, _ and . that begin and end with a letter or digit.
   *
   * This interface was referenced by `Labels`'s JSON-Schema definition
   * via the `patternProperty` "^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$".
   */
  [k: string]: string;
}
/**
 * Annotations; a key is at most 63 letters, digits, -, _ and ., optionally after a DNS name and /.
 *
 * This interface was referenced by `FlaskAppValues`'s JSON-Schema
 * via the `definition` "annotations".
 */
export interface Annotations {
  /**
   * This interface was referenced by `Annotations`'s JSON-Schema definition
   * via the `patternProperty` "^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$".
   */
  [k: string]: string;
}
/**
 * Quantities by resource name: cpu, memory, ephemeral-storage, nvidia.com/gpu…
 *
 * This interface was referenced by `Resources`'s JSON-Schema definition
 * via the `patternProperty` "^(limits|requests)$".
 *
 * This interface was referenced by `FlaskAppValues`'s JSON-Schema
 * via the `definition` "resourceQuantities".
 */
export interface ResourceQuantities {
  /**
   * Kubernetes quantity, such as 500m, 128Mi or 2.
   *
   * This interface was referenced by `ResourceQuantities`'s JSON-Schema definition
   * via the `patternProperty` "^(cpu|memory|ephemeral-storage|hugepages-[0-9]+(Ki|Mi|Gi)|[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)$".
   */
  [k: string]: string | number;
}
/**
 * limits and requests: quantities by resource name
 *
 * This interface was referenced by `FlaskAppValues`'s JSON-Schema
 * via the `definition` "resources".
 */
export interface Resources {
  [k: string]: ResourceQuantities;
}
/**
 * a probe of the app's container
 *
 * This interface was referenced by `FlaskAppValues`'s JSON-Schema
 * via the `definition` "probe".
 */
export interface Probe {
  enabled?: boolean;
  /**
   * URL path that begins with /.
   *
   * This interface was referenced by `FlaskAppValues`'s JSON-Schema
   * via the `definition` "urlPath".
   */
  path?: string;
  /**
   * This interface was referenced by `FlaskAppValues`'s JSON-Schema
   * via the `definition` "otherPort".
   */
  port?: number;
  scheme?: "HTTP" | "HTTPS";
  httpHeaders?: {
    /**
     * name of a header, such as X-Forwarded-Proto
     */
    name: string;
    value: string;
  }[];
  exec?: {
    [k: string]: unknown;
  };
  grpc?: {
    [k: string]: unknown;
  };
  tcpSocket?: {
    [k: string]: unknown;
  };
  initialDelaySeconds?: number;
  periodSeconds?: number;
  timeoutSeconds?: number;
  failureThreshold?: number;
}
/**
 * Why a guard rail does not apply, and how long
 *
 * This interface was referenced by `StackConfig`'s JSON-Schema
 * via the `definition` "waiver".
 */
export interface Waiver {
  /**
   * Why the rail does not apply; every preview and deployment repeats it
   */
  reason: string;
  /**
   * date, such as 2027-01-31; the last day on which the waiver holds
   */
  until?: string;
}
/**
 * The Helm chart to use instead of the default
 *
 * This interface was referenced by `StackConfig`'s JSON-Schema
 * via the `definition` "chart".
 */
export interface ChartSource {
  /**
   * oci:// address, optionally with @sha256:…, or a folder of this repository that starts with ./
   */
  reference: string;
  /**
   * exact chart version, such as 12.12.10
   */
  version: string;
}
/**
 * Container image. Without `repository`, missing fields come from the default image
 *
 * This interface was referenced by `StackConfig`'s JSON-Schema
 * via the `definition` "image".
 */
export interface ImageSource {
  /**
   * Registry host, such as docker.io
   */
  registry?: string;
  /**
   * Repository in the registry, such as library/redis
   */
  repository?: string;
  /**
   * image tag
   */
  tag?: string;
  /**
   * image digest, sha256: and 64 hexadecimal digits; used instead of the tag
   */
  digest?: string;
  /**
   * Image pull Secrets in the stack's namespace
   */
  pullSecrets?: string[];
}
/**
 * Size and storage class of the volume
 *
 * This interface was referenced by `StackConfig`'s JSON-Schema
 * via the `definition` "storage".
 */
export interface Storage {
  /**
   * Size above 0, such as 500Mi or 10Gi.
   *
   * This interface was referenced by `FlaskAppValues`'s JSON-Schema
   * via the `definition` "size".
   */
  size: string;
  /**
   * Name of a Kubernetes object (DNS subdomain).
   */
  class?: string;
}
/**
 * Requests and limits of the database pod
 *
 * This interface was referenced by `StackConfig`'s JSON-Schema
 * via the `definition` "resources".
 */
export interface DatabaseResources {
  limits?: ResourceQuantities;
  requests?: ResourceQuantities;
}
/**
 * Dumps of the database to a separate volume
 *
 * This interface was referenced by `StackConfig`'s JSON-Schema
 * via the `definition` "postgresqlBackup".
 */
export interface PostgresqlBackup {
  /**
   * cron schedule, such as 0 2 * * * (every night at 02:00) or @daily
   */
  schedule: string;
  /**
   * Days after which a dump is deleted, if a newer one exists
   */
  keepDays: number;
  storage: Storage;
  /**
   * time zone of the schedule, such as Europe/Berlin
   */
  timeZone?: string;
  /**
   * Seconds after which a backup that still runs is stopped and counts as failed
   */
  deadlineSeconds?: number;
  resources?: DatabaseResources1;
  copy?: BackupCopy;
}
/**
 * Requests and limits of the database pod
 */
export interface DatabaseResources1 {
  limits?: ResourceQuantities;
  requests?: ResourceQuantities;
}
/**
 * Copies each dump to S3-compatible storage, encrypted
 *
 * This interface was referenced by `StackConfig`'s JSON-Schema
 * via the `definition` "backupCopy".
 */
export interface BackupCopy {
  /**
   * name of an existing bucket: 3 to 63 lower-case letters, digits, dots and hyphens
   */
  bucket: string;
  /**
   * folder in the bucket, such as backups/production; default: the name of PostgreSQL's release
   */
  prefix?: string;
  /**
   * URL of the S3 service, such as https://s3.example.com; default: AWS
   */
  endpoint?: string;
  /**
   * Region of the bucket
   */
  region?: string;
  /**
   * rclone's name for the S3 service, such as Cloudflare or Minio (https://rclone.org/s3/#s3-provider); default: Other with an endpoint, AWS without one
   */
  provider?: string;
  /**
   * Name of a Kubernetes object (DNS subdomain).
   */
  credentialsSecret: string;
  /**
   * OpenPGP public key that encrypts the copies, as `gpg --armor --export` prints it
   */
  publicKey: string;
  image?: ImageSource1;
}
/**
 * Image with rclone. Without `repository`, missing fields come from the default image
 */
export interface ImageSource1 {
  /**
   * Registry host, such as docker.io
   */
  registry?: string;
  /**
   * Repository in the registry, such as library/redis
   */
  repository?: string;
  /**
   * image tag
   */
  tag?: string;
  /**
   * image digest, sha256: and 64 hexadecimal digits; used instead of the tag
   */
  digest?: string;
  /**
   * Image pull Secrets in the stack's namespace
   */
  pullSecrets?: string[];
}
/**
 * PostgreSQL from the Bitnami chart, in the app's namespace
 *
 * This interface was referenced by `StackConfig`'s JSON-Schema
 * via the `definition` "postgresqlInCluster".
 */
export interface PostgresqlInCluster {
  /**
   * Name of PostgreSQL's user: lower-case letters, digits and _, starting with a letter or _; not postgres, which is the superuser
   */
  username: string;
  /**
   * Name of the database: lower-case letters, digits and _, starting with a letter or _; not postgres
   */
  database: string;
  storage: Storage;
  resources?: DatabaseResources;
  backup?: PostgresqlBackup;
  chart?: ChartSource;
  image?: ImageSource;
  /**
   * Family of the image that created the volume, if an image of the other family shall take it over
   */
  adoptVolume?: "bitnami" | "official";
  values?: PostgresqlChartValues;
}
/**
 * An existing Secret with the login, instead of `password`: with its whole URL in `key`, or with `passwordKey`
 *
 * This interface was referenced by `StackConfig`'s JSON-Schema
 * via the `definition` "externalSecret".
 */
export interface ExternalSecret {
  /**
   * Name of a Kubernetes object (DNS subdomain).
   */
  name: string;
  /**
   * Key that holds the whole URL. The app's pods read it from the Secret
   */
  key?: string;
  /**
   * Key that holds the user name; used with passwordKey instead of key
   */
  usernameKey?: string;
  /**
   * Key that holds the password, in plain text; the program builds the URL from it
   */
  passwordKey?: string;
}
/**
 * Secret with the certificate of the CA that signed the server's; mounted into the app's pods
 *
 * This interface was referenced by `StackConfig`'s JSON-Schema
 * via the `definition` "caCertificate".
 */
export interface CaCertificate {
  /**
   * Name of a Kubernetes object (DNS subdomain).
   */
  secretName: string;
  /**
   * Key of the Secret that holds it, in PEM format
   */
  key?: string;
}
/**
 * podSelector, namespaceSelector or both, as in a NetworkPolicyPeer
 *
 * This interface was referenced by `StackConfig`'s JSON-Schema
 * via the `definition` "networkPeer".
 */
export interface NetworkPeer {
  podSelector?: {
    [k: string]: unknown;
  };
  namespaceSelector?: {
    [k: string]: unknown;
  };
}
/**
 * An existing PostgreSQL server
 *
 * This interface was referenced by `StackConfig`'s JSON-Schema
 * via the `definition` "postgresqlExternal".
 */
export interface PostgresqlExternal {
  /**
   * DNS host name or IPv4 address
   */
  host?: string;
  /**
   * Port of the server; with secret.key only for the app's NetworkPolicy
   */
  port?: number;
  /**
   * User that the app logs in as; without ? and control characters
   */
  username?: string;
  /**
   * Database that the app uses; without ? and control characters. URL parameters go into parameters
   */
  database?: string;
  /**
   * Password in plain text, not percent-encoded; set it with `pulumi config set --secret --path`
   */
  password?: string;
  secret?: ExternalSecret;
  /**
   * libpq's sslmode; default: verify-full in a guarded stack or with ca, otherwise not set
   */
  sslMode?: "disable" | "prefer" | "require" | "verify-ca" | "verify-full";
  /**
   * a Secret with the certificate of the CA that signed the server's (secretName, key), or system: the CAs that the image's system trusts, for libpq 16 or newer; default: system if sslMode is not set either
   */
  ca?: "system" | CaCertificate;
  /**
   * Further libpq parameters of the URL, such as connect_timeout: 10
   */
  parameters?: Record<string, string | number | boolean>;
  /**
   * Networks of the server, for the app's NetworkPolicy; default: 0.0.0.0/0 unless peers is set, on the server's port only
   *
   * @minItems 1
   */
  cidrs?: [string, ...string[]];
  /**
   * Pods of the server, for the app's NetworkPolicy, if the server runs in the same cluster (NetworkPolicyPeer)
   *
   * @minItems 1
   */
  peers?: [NetworkPeer, ...NetworkPeer[]];
}
/**
 * Redis from the Bitnami chart, standalone, in the app's namespace
 *
 * This interface was referenced by `StackConfig`'s JSON-Schema
 * via the `definition` "redisInCluster".
 */
export interface RedisInCluster {
  storage: Storage;
  resources?: DatabaseResources;
  chart?: ChartSource;
  image?: ImageSource;
  /**
   * Family of the image that created the volume, if the official image shall take it over. There is no way back
   */
  adoptVolume?: "bitnami";
  values?: RedisChartValues;
}
/**
 * An existing Redis server
 *
 * This interface was referenced by `StackConfig`'s JSON-Schema
 * via the `definition` "redisExternal".
 */
export interface RedisExternal {
  /**
   * DNS host name or IPv4 address
   */
  host?: string;
  /**
   * Port of the server; with secret.key only for the app's NetworkPolicy
   */
  port?: number;
  /**
   * Number of the database
   */
  database?: number;
  /**
   * ACL user that the app logs in as, without spaces; default: Redis's default user
   */
  username?: string;
  /**
   * Password in plain text, not percent-encoded; set it with `pulumi config set --secret --path`
   */
  password?: string;
  secret?: ExternalSecret;
  /**
   * Connect over TLS (rediss://)
   */
  tls?: boolean;
  ca?: CaCertificate;
  /**
   * Further parameters of the URL as redis-py reads them, such as socket_timeout: 5
   */
  parameters?: Record<string, string | number | boolean>;
  /**
   * Networks of the server, for the app's NetworkPolicy; default: 0.0.0.0/0 unless peers is set, on the server's port only
   *
   * @minItems 1
   */
  cidrs?: [string, ...string[]];
  /**
   * Pods of the server, for the app's NetworkPolicy, if the server runs in the same cluster (NetworkPolicyPeer)
   *
   * @minItems 1
   */
  peers?: [NetworkPeer, ...NetworkPeer[]];
}
