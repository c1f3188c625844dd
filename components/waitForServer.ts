/**
 * Shell command that waits up to 15 attempts for the PostgreSQL server that libpq's environment variables name. Then the
 * script goes on, so that the next command reports why it cannot connect.
 *
 * Network policies admit a new pod only a moment after it has started, and each retry of a Job is a new pod
 * (https://kubernetes.io/docs/concepts/services-networking/network-policies/#pod-lifecycle).
 */
export const waitForServer = "for attempt in $(seq 15); do pg_isready --quiet && break; sleep 1; done";
