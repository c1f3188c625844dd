import { withChartDefaults } from "../components/chartValues";
import { DatabaseResources, FlaskAppValues } from "../components/config.generated";
import { GuardedDatabase, GuardedStack, movableTag } from "../components/guardedStack";

/** What is looked at of a resource that the engine shows to a policy. */
export interface StackResource {
  /** Type token, such as `kubernetes:helm.sh/v3:Release`. */
  type: string;
  parent?: { type: string };
  props: Record<string, unknown>;
  opts: { protect: boolean };
}

/** The part of a Bitnami database chart's values that the guard rails look at. */
interface DatabaseValues {
  image?: { tag?: string; digest?: string };
  primary?: PodValues;
  master?: PodValues;
  backup?: { enabled?: boolean };
}

interface PodValues {
  persistence?: { enabled?: boolean };
  resources?: DatabaseResources;
}

/** The components that make a database, the key under which its chart configures the pods, and whether it has backups. */
const databaseComponents = {
  postgresql: { component: "Postgresql", pods: "primary", hasBackups: true },
  redis: { component: "Redis", pods: "master", hasBackups: false },
} as const;

/**
 * What the guard rails look at in the resources of a stack.
 *
 * @param name Name of the stack.
 * @throws If none of them is the app's release: then there is nothing that could be checked.
 */
export function guardedResources(name: string, resources: StackResource[]): GuardedStack {
  const app = releaseOf("FlaskApp", resources);
  if (!app) {
    throw new Error(`The stack ${name} has no Release in a FlaskApp, which the guard rails look at.`);
  }
  const namespace = resources.find(
    ({ type, props }) =>
      type === "kubernetes:core/v1:Namespace" && (props.metadata as { name: string }).name === app.props.namespace,
  );
  const labels = (namespace?.props.metadata as { labels?: Record<string, string> } | undefined)?.labels;

  const databases: Record<string, GuardedDatabase> = {};
  for (const [key, { component, pods, hasBackups }] of Object.entries(databaseComponents)) {
    const release = releaseOf(component, resources);
    if (release) {
      const values = release.props.values as DatabaseValues;
      databases[key] = {
        imageTag: movableTag(values.image),
        resources: values[pods]?.resources ?? {},
        persistent: values[pods]?.persistence?.enabled !== false,
        // A namespace takes with it what it holds.
        protected: release.opts.protect && (namespace?.opts.protect ?? true),
        ...(hasBackups && { backedUp: values.backup?.enabled === true }),
      };
    }
  }

  return {
    name,
    podSecurity: labels?.["pod-security.kubernetes.io/enforce"],
    // One of the annotations is not known before the passwords are made, and a policy must not read it till then.
    app: withChartDefaults({ ...(app.props.values as FlaskAppValues), podAnnotations: {} }),
    databases,
  };
}

function releaseOf(component: string, resources: StackResource[]): StackResource | undefined {
  return resources.find(
    ({ type, parent }) => type === "kubernetes:helm.sh/v3:Release" && parent?.type === `flask-app:index:${component}`,
  );
}
