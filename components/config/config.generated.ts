/* Made from config.schema.json by "npm run generate". */

/**
 * Any text of at most 63 characters, such as the date
 */
export type RotationText = string;
/**
 * Access modes of a claim; ReadWriteOncePod cannot be combined with others.
 *
 * @minItems 1
 */
export type AccessModes = [
  "ReadWriteOnce" | "ReadOnlyMany" | "ReadWriteMany" | "ReadWriteOncePod",
  ...("ReadWriteOnce" | "ReadOnlyMany" | "ReadWriteMany" | "ReadWriteOncePod")[]
];

/**
 * What Pulumi.<stack>.yaml holds under `flask-app:`.
 */
export interface StackConfig {
  /**
   * Namespace that the program makes and deploys to: small letters, digits and hyphens, at most 63
   */
  namespace: string;
  /**
   * Pod Security Standard that the namespace enforces
   */
  podSecurity: "privileged" | "baseline" | "restricted";
  /**
   * Helm release of the app: small letters, digits and hyphens, at most 42, the first a letter; the databases' releases are <releaseName>-postgresql and <releaseName>-redis
   */
  releaseName: string;
  /**
   * Whether the namespace, the databases and their passwords are protected from `pulumi destroy`, and the databases' volumes outlive their releases
   */
  protect: boolean;
  /**
   * Whether a database in the cluster may be told another storage, user or name than it was made with, or be given up for an external one; meant for one deployment
   */
  allowDataChange?: boolean;
  /**
   * Seconds that a release may take to become ready before its deployment fails
   */
  timeoutSeconds: number;
  /**
   * What was last rotated, and when: a changed text makes a new password of PostgreSQL's user, of Redis, or a new SECRET_KEY
   */
  rotation?: {
    postgresql?: RotationText;
    redis?: RotationText;
    secretKey?: RotationText;
  };
  app: FlaskAppValues;
  /**
   * exactly one of inCluster and external
   */
  postgresql: {
    inCluster?: PostgresqlInCluster;
    external?: PostgresqlExternal;
  };
  /**
   * exactly one of inCluster and external
   */
  redis: {
    inCluster?: RedisInCluster;
    external?: RedisExternal;
  };
}
/**
 * Values of the flask-app chart; values.yaml says what each one does and holds its default.
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
   */
  nameOverride?: string;
  /**
   * DNS label of at most 63 characters, or empty.
   */
  fullnameOverride?: string;
  commonLabels?: Labels;
  commonAnnotations?: Annotations;
  replicaCount?: number;
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
       */
      maxUnavailable?: number | string;
      /**
       * A number or a percentage, such as 2 or 50%.
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
   */
  priorityClassName?: string;
  /**
   * Name of a Kubernetes object (DNS subdomain), or empty.
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
   */
  existingSecret?: string;
  mlModel?: {
    enabled?: boolean;
    /**
     * Absolute path in the container.
     */
    modelPath?: string;
    modelVersion?: string;
    modelType?: string;
    batchSize?: number;
    volume?: {
      type?: "" | "emptyDir" | "claim" | "existingClaim";
      /**
       * Name of a Kubernetes object (DNS subdomain), or empty.
       */
      existingClaim?: string;
      /**
       * Size above 0, such as 500Mi or 10Gi.
       */
      size?: string;
      /**
       * Name of a Kubernetes object (DNS subdomain), or empty.
       */
      storageClass?: string;
      accessModes?: AccessModes;
    };
    fetch?: {
      enabled?: boolean;
      /**
       * Image name with its registry and a tag or digest.
       */
      image?: string;
      command?: string[];
    };
  };
  migration?: {
    enabled?: boolean;
    command?: string[];
    args?: string[];
    /**
     * Name of a Kubernetes object (DNS subdomain), or empty.
     */
    serviceAccountName?: string;
    backoffLimit?: number;
    activeDeadlineSeconds?: number;
  };
  healthCheck?: {
    startupProbe?: {
      enabled?: boolean;
      /**
       * URL path that begins with /.
       */
      path?: string;
      initialDelaySeconds?: number;
      periodSeconds?: number;
      timeoutSeconds?: number;
      failureThreshold?: number;
    };
    livenessProbe?: {
      enabled?: boolean;
      /**
       * URL path that begins with /.
       */
      path?: string;
      initialDelaySeconds?: number;
      periodSeconds?: number;
      timeoutSeconds?: number;
      failureThreshold?: number;
    };
    readinessProbe?: {
      enabled?: boolean;
      /**
       * URL path that begins with /.
       */
      path?: string;
      initialDelaySeconds?: number;
      periodSeconds?: number;
      timeoutSeconds?: number;
      failureThreshold?: number;
    };
  };
  database?: {
    enabled?: boolean;
    /**
     * DNS host name or IPv4 address.
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
    annotations?: Annotations;
  };
  ingress?: {
    enabled?: boolean;
    /**
     * Name of a Kubernetes object (DNS subdomain), or empty.
     */
    className?: string;
    annotations?: Annotations;
    hosts?: {
      /**
       * DNS host name, such as api.example.com or *.example.com
       */
      host: string;
      /**
       * @minItems 1
       */
      paths: [
        {
          /**
           * URL path that begins with /.
           */
          path: string;
          pathType: "Exact" | "Prefix" | "ImplementationSpecific";
        },
        ...{
          /**
           * URL path that begins with /.
           */
          path: string;
          pathType: "Exact" | "Prefix" | "ImplementationSpecific";
        }[]
      ];
    }[];
    tls?: {
      /**
       * Name of a Kubernetes object (DNS subdomain).
       */
      secretName: string;
      /**
       * @minItems 1
       */
      hosts: [string, ...string[]];
    }[];
  };
  autoscaling?: {
    enabled?: boolean;
    minReplicas?: number;
    maxReplicas?: number;
    targetCPUUtilizationPercentage?: number;
    targetMemoryUtilizationPercentage?: number;
    behavior?: {
      [k: string]: unknown;
    };
  };
  podDisruptionBudget?: {
    enabled?: boolean;
    /**
     * A number or a percentage, such as 2 or 50%.
     */
    minAvailable?: number | string;
  };
  persistence?: {
    enabled?: boolean;
    /**
     * Name of a Kubernetes object (DNS subdomain), or empty.
     */
    existingClaim?: string;
    /**
     * Size above 0, such as 500Mi or 10Gi.
     */
    size?: string;
    /**
     * Name of a Kubernetes object (DNS subdomain), or empty.
     */
    storageClass?: string;
    accessModes?: AccessModes;
    /**
     * Absolute path in the container.
     */
    mountPath?: string;
    annotations?: Annotations;
  };
  networkPolicy?: {
    enabled?: boolean;
    ingressFrom?: {
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
     */
    path?: string;
    /**
     * duration, such as 30s or 1m
     */
    interval?: string;
    labels?: Labels;
  };
  test?: {
    /**
     * Image name with its registry and a tag or digest.
     */
    image?: string;
  };
}
/**
 * Labels; a key is at most 63 letters, digits, -, _ and ., optionally after a DNS name and /.
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
 * PostgreSQL from the Bitnami chart, in the app's namespace
 */
export interface PostgresqlInCluster {
  /**
   * PostgreSQL identifier of small letters, digits and _, other than postgres, the superuser's
   */
  username: string;
  /**
   * PostgreSQL identifier of small letters, digits and _, other than postgres, the superuser's
   */
  database: string;
  storage: Storage;
  resources?: DatabaseResources;
  backup?: PostgresqlBackup;
  chart?: ChartSource;
  image?: ImageSource;
}
/**
 * Volume of a database: its size, and the storage class (default: the cluster's own)
 */
export interface Storage {
  /**
   * Kubernetes quantity, such as 500m, 128Mi or 10Gi.
   */
  size: string;
  /**
   * Name of a Kubernetes object (DNS subdomain).
   */
  class?: string;
}
/**
 * What a database pod reserves (requests) and may use at most (limits)
 */
export interface DatabaseResources {
  limits?: ResourceQuantities;
  requests?: ResourceQuantities;
}
/**
 * Dumps of the database into a volume of their own
 */
export interface PostgresqlBackup {
  /**
   * cron schedule, such as 0 2 * * * (at 2 every night) or @daily
   */
  schedule: string;
  /**
   * Days after which a dump is deleted, once a newer one was made
   */
  keepDays: number;
  storage: Storage;
}
/**
 * a Helm chart by its reference and exact version
 */
export interface ChartSource {
  /**
   * oci:// address, to which @sha256:… may be added, or a folder of this repository that begins with ./
   */
  reference: string;
  /**
   * exact chart version, such as 12.12.10
   */
  version: string;
}
/**
 * a container image; unless it names a repository, what it leaves out is as in the default
 */
export interface ImageSource {
  /**
   * Registry host, such as docker.io
   */
  registry?: string;
  /**
   * Repository in the registry, such as bitnamilegacy/redis
   */
  repository?: string;
  /**
   * image tag
   */
  tag?: string;
  /**
   * image digest, sha256: and 64 hexadecimal digits, which takes the place of the tag
   */
  digest?: string;
  /**
   * Names of Secrets in the stack's namespace that log in to the registry
   */
  pullSecrets?: string[];
}
/**
 * A PostgreSQL server that exists already
 */
export interface PostgresqlExternal {
  /**
   * DNS host name or IPv4 address
   */
  host: string;
  /**
   * Port of the server
   */
  port?: number;
  /**
   * User that the app logs in as
   */
  username: string;
  /**
   * Database that the app uses
   */
  database: string;
  /**
   * Password as it is, not percent-encoded; set it with `pulumi config set --secret --path`
   */
  password: string;
  /**
   * libpq's sslmode; default: not part of the URL
   */
  sslMode?: "disable" | "prefer" | "require" | "verify-ca" | "verify-full";
  /**
   * Networks that the server is in, for the app's NetworkPolicy; default: any (0.0.0.0/0), on the server's port only
   *
   * @minItems 1
   */
  cidrs?: [string, ...string[]];
}
/**
 * Redis from the Bitnami chart, standalone, in the app's namespace
 */
export interface RedisInCluster {
  storage: Storage;
  resources?: DatabaseResources;
  chart?: ChartSource;
  image?: ImageSource;
}
/**
 * A Redis server that exists already
 */
export interface RedisExternal {
  /**
   * DNS host name or IPv4 address
   */
  host: string;
  /**
   * Port of the server
   */
  port?: number;
  /**
   * Number of the database
   */
  database?: number;
  /**
   * Password as it is, not percent-encoded; set it with `pulumi config set --secret --path`
   */
  password?: string;
  /**
   * Connect by TLS (rediss://)
   */
  tls?: boolean;
  /**
   * Networks that the server is in, for the app's NetworkPolicy; default: any (0.0.0.0/0), on the server's port only
   *
   * @minItems 1
   */
  cidrs?: [string, ...string[]];
}
