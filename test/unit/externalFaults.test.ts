import assert from "node:assert/strict";
import { withStackDefaults } from "../../components/config/externalServers";
import { StackConfig } from "../../components/config/config.generated";
import { faultsOf, parse, secretIn, server } from "../helpers/stackConfig";

const secret = { name: "app-db" };
const login = { name: "app-db", usernameKey: "user", passwordKey: "pw" };
const inUrl = (key: string) => `must not be set: it is part of the URL in ${key}.external.secret`;

describe("The config of an external server", () => {
  const accepted: [title: string, key: "postgresql" | "redis", external: object][] = [
    ["a URL in a Secret", "postgresql", { secret }],
    [
      "a URL in another key, with a port and TLS",
      "postgresql",
      { secret: { ...secret, key: "url" }, port: 6432, ca: "system" },
    ],
    ["a login in a Secret", "postgresql", { host: "db", database: "shop", secret: login }],
    [
      "a password in a Secret",
      "postgresql",
      { host: "db", username: "u", database: "d", secret: { ...secret, passwordKey: "p" } },
    ],
    [
      "parameters",
      "postgresql",
      { ...server, parameters: { connect_timeout: 10, target_session_attrs: "read-write" } },
    ],
    ["pods of an operator", "postgresql", { secret, peers: [{ podSelector: {}, namespaceSelector: {} }] }],
    ["a Redis URL in a Secret", "redis", { secret }],
    ["an ACL user of Redis", "redis", { host: "r", username: "app", password: "p" }],
    [
      "a Redis login in a Secret, TLS and a CA",
      "redis",
      { host: "r", secret: login, tls: true, ca: { secretName: "ca" } },
    ],
  ];
  for (const [title, key, external] of accepted) {
    it(`accepts ${title}`, () => {
      const keys = "password" in external ? [key] : [];
      assert.deepEqual(parse({ [key]: { external } }, secretIn(...keys))[key].external, external);
    });
  }

  const refused: [
    title: string,
    key: "postgresql" | "redis",
    external: object,
    faults: [path: string, problem: string][],
  ][] = [
    [
      "no password and no Secret",
      "postgresql",
      { host: "db", username: "u", database: "d" },
      [["password", "is missing; set it, or name the Secret that holds it in postgresql.external.secret"]],
    ],
    [
      "parts of the URL next to a Secret that holds it",
      "postgresql",
      { secret, host: "db", parameters: { connect_timeout: 1 } },
      [
        ["host", inUrl("postgresql")],
        ["parameters", inUrl("postgresql")],
      ],
    ],
    ["TLS next to a Redis URL in a Secret", "redis", { secret, tls: true }, [["tls", inUrl("redis")]]],
    [
      "a password next to the Secret that holds it",
      "postgresql",
      { ...server, username: undefined, secret: login },
      [["password", "must not be set: postgresql.external.secret.passwordKey takes it from the Secret"]],
    ],
    [
      "a user name next to the Secret that holds it",
      "postgresql",
      { host: "db", username: "u", database: "d", secret: login },
      [["username", "must not be set: postgresql.external.secret.usernameKey takes it from the Secret"]],
    ],
    [
      "a user name without a password",
      "postgresql",
      { host: "db", database: "d", secret: { ...secret, usernameKey: "user" } },
      [["secret.passwordKey", "is missing"]],
    ],
    [
      "no user name",
      "postgresql",
      { host: "db", database: "d", secret: { ...secret, passwordKey: "pw" } },
      [["username", "is missing; set it, or postgresql.external.secret.usernameKey"]],
    ],
    [
      "a URL and a login in one Secret",
      "redis",
      { host: "r", secret: { ...login, key: "uri" } },
      [["secret.key", "must not be set next to usernameKey or passwordKey: it holds a whole URL"]],
    ],
    [
      "URL parameters in the name of the database",
      "postgresql",
      { ...server, database: "app?connect_timeout=5" },
      [
        [
          "database",
          "found a value (not shown), accepted: Database that the app uses; without ? and control characters. URL parameters go into parameters",
        ],
      ],
    ],
    [
      "a parameter that has a key of its own",
      "postgresql",
      { ...server, parameters: { sslmode: "require" } },
      [["parameters.sslmode", "must not be set: use postgresql.external.sslMode"]],
    ],
    [
      "a parameter for the CA next to ca",
      "redis",
      { host: "r", tls: true, ca: { secretName: "ca" }, parameters: { ssl_ca_certs: "/ca.crt" } },
      [["parameters.ssl_ca_certs", "must not be set: use redis.external.ca"]],
    ],
    [
      "a CA that would not be used",
      "postgresql",
      { ...server, sslMode: "require", ca: { secretName: "ca" } },
      [["sslMode", 'found "require", accepted with postgresql.external.ca: verify-ca, verify-full']],
    ],
    [
      "the system's CAs without a check of the host name, which libpq refuses",
      "postgresql",
      { ...server, sslMode: "verify-ca", ca: "system" },
      [["sslMode", 'found "verify-ca", accepted with postgresql.external.ca: verify-full']],
    ],
    [
      "a CA of Redis without TLS",
      "redis",
      { host: "r", ca: { secretName: "ca" } },
      [["ca", "needs redis.external.tls: true: without TLS, no certificate is checked"]],
    ],
    [
      "the values of another chart",
      "postgresql",
      { ...server, existingSecret: "app-db" },
      [
        [
          "existingSecret",
          "is not a known key; accepted here: host, port, username, database, password, secret, sslMode, ca, parameters, cidrs, peers",
        ],
      ],
    ],
  ];
  for (const [title, key, external, faults] of refused) {
    it(`refuses ${title}`, () => {
      const defined = JSON.parse(JSON.stringify(external)) as object;
      const keys = "password" in defined ? [key] : [];
      assert.deepEqual(
        faultsOf({ [key]: { external: defined } }, secretIn(...keys)),
        faults.map(([path, problem]) => ({ path: `flask-app:${key}.external.${path}`, problem })),
      );
    });
  }

  it("refuses a variable of the app that the program sets from a Secret", () => {
    const app = {
      extraEnv: [
        { name: "A", value: "a" },
        { name: "DATABASE_URL", value: "b" },
      ],
    };
    assert.deepEqual(faultsOf({ app, postgresql: { external: { secret } } }), [
      { path: "flask-app:app.extraEnv[1]", problem: "must not set DATABASE_URL: it comes from postgresql.external" },
    ]);
  });
});

describe("TLS of an external PostgreSQL", () => {
  const use = (external: object, stack: Partial<StackConfig> = {}) =>
    withStackDefaults(external, { ...stack } as StackConfig);

  it("is verified with the system's CAs in a guarded stack", () => {
    assert.deepEqual(use(server), { ...server, sslMode: "verify-full", ca: "system" });
  });

  it("is verified with the CA that is named", () => {
    const ca = { secretName: "ca" };
    assert.deepEqual(use({ ca }), { ca, sslMode: "verify-full" });
    const parameters = { sslrootcert: "/ca.crt" };
    assert.deepEqual(use({ parameters }), { parameters, sslMode: "verify-full" });
  });

  it("is what the stack file says, if it says something", () => {
    assert.deepEqual(use({ sslMode: "verify-full" }), { sslMode: "verify-full" });
    assert.deepEqual(use({ sslMode: "require" }), { sslMode: "require" });
  });

  it("is left to libpq in a stack that is not guarded, and with a waiver", () => {
    assert.deepEqual(use(server, { tier: "staging" }), server);
    assert.deepEqual(use(server, { waivers: { "external-databases": { reason: "a proxy" } } }), server);
  });
});
