import assert from "node:assert/strict";
import fc from "fast-check";
import { postgresqlUrl, redisUrl } from "../../components/connectionUrl";

/** Any text: letters of every script, emoji, control characters, URL punctuation. */
const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: fc.constantFrom(...' \t\n:/?#[]@!$&()*+,;=%"`\\^{}|<>é名') }),
);
/** Web URL parsers drop a path of one or two dots; libpq does not. */
const databaseName = text.filter((name) => name !== "." && name !== "..");
const host = fc.oneof(fc.domain(), fc.ipV4());
const port = fc.integer({ min: 1, max: 65535 });
const needsQuoting = /[\s"'`\\$!*()]/;

describe("The connection URL of PostgreSQL", () => {
  const parts = { username: "flaskuser", password: "s3cret", host: "db.example.com", port: 5432, database: "flaskdb" };

  it("has the form that libpq and SQLAlchemy accept", () => {
    assert.equal(postgresqlUrl(parts), "postgresql://flaskuser:s3cret@db.example.com:5432/flaskdb");
  });

  it("ends with sslmode if one is set", () => {
    assert.equal(
      postgresqlUrl({ ...parts, sslMode: "verify-full" }),
      "postgresql://flaskuser:s3cret@db.example.com:5432/flaskdb?sslmode=verify-full",
    );
  });

  it("encodes delimiters and what is not ASCII", () => {
    assert.equal(
      postgresqlUrl({ ...parts, username: "a@b:c", password: "d/e?f#g%41+h i", database: "naïve🔑" }),
      "postgresql://a%40b%3Ac:d%2Fe%3Ff%23g%2541%2Bh%20i@db.example.com:5432/na%C3%AFve%F0%9F%94%91",
    );
  });

  it("preserves every user name, password and database name", () => {
    fc.assert(
      fc.property(text, text, databaseName, (username, password, database) => {
        const url = new URL(postgresqlUrl({ ...parts, username, password, database }));
        assert.equal(decodeURIComponent(url.username), username);
        assert.equal(decodeURIComponent(url.password), password);
        assert.equal(decodeURIComponent(url.pathname), `/${database}`);
        assert.equal(`${url.search}${url.hash}`, "");
      }),
    );
  });

  it("points to the given host and port, whatever the password", () => {
    fc.assert(
      fc.property(host, port, text, (host, port, password) => {
        const url = new URL(postgresqlUrl({ ...parts, host, port, password }));
        assert.deepEqual([url.hostname, url.port], [host, String(port)]);
      }),
    );
  });

  it("contains nothing that a shell would interpret", () => {
    fc.assert(
      fc.property(text, text, text, (username, password, database) => {
        assert.doesNotMatch(postgresqlUrl({ ...parts, username, password, database }), needsQuoting);
      }),
    );
  });
});

describe("The connection URL of Redis", () => {
  const parts = { host: "cache.example.com", port: 6379, database: 0 };

  const forms: [title: string, more: object, url: string][] = [
    ["has no user info without a password", {}, "redis://cache.example.com:6379/0"],
    ["has no user info if the password is empty", { password: "" }, "redis://cache.example.com:6379/0"],
    ["has a password without a user", { password: "s3cret" }, "redis://:s3cret@cache.example.com:6379/0"],
    ["has the scheme rediss for TLS", { password: "s3cret", tls: true }, "rediss://:s3cret@cache.example.com:6379/0"],
    ["names the database by its number", { database: 15 }, "redis://cache.example.com:6379/15"],
  ];
  for (const [title, more, url] of forms) {
    it(title, () => {
      assert.equal(redisUrl({ ...parts, ...more }), url);
    });
  }

  it("preserves every password, host, port and database", () => {
    fc.assert(
      fc.property(text, host, port, fc.nat(), fc.boolean(), (password, host, port, database, tls) => {
        const url = new URL(redisUrl({ password, host, port, database, tls }));
        assert.equal(decodeURIComponent(url.password), password);
        assert.deepEqual([url.protocol, url.username], [tls ? "rediss:" : "redis:", ""]);
        assert.deepEqual([url.hostname, url.port, url.pathname], [host, String(port), `/${database}`]);
      }),
    );
  });

  it("contains nothing that a shell would interpret, whatever the password", () => {
    fc.assert(
      fc.property(text, (password) => {
        assert.doesNotMatch(redisUrl({ ...parts, password }), needsQuoting);
      }),
    );
  });
});
