import * as assert from "assert/strict";
import { succeed } from "../helpers/cluster";
import { readSecret } from "../helpers/project";
import { inPod, namespace } from "./node";
import { shared } from "./shared";

const bitnami = { repository: "bitnamilegacy/postgresql", tag: "15.4.0-debian-11-r45" };
const pod = "flask-dev-postgresql-0";

/** Settings of PostgreSQL in dev, for these tests. */
interface Settings {
  image?: object;
  adoptVolume?: string;
}

function configure(settings: Settings): void {
  shared.project.configure("dev", (config) => {
    const { inCluster } = config["flask-app:postgresql"] as { inCluster: Settings };
    delete inCluster.image;
    delete inCluster.adoptVolume;
    Object.assign(inCluster, settings);
  });
}

/** Runs SQL in dev's database as the superuser of either image, as docs/moving-off-bitnami.md does. */
function asSuperuser(sql: string): Promise<string> {
  const password = "PGPASSWORD=${POSTGRES_POSTGRES_PASSWORD:-$POSTGRES_PASSWORD}";
  return inPod(pod, [
    "sh",
    "-c",
    `${password} psql -h 127.0.0.1 -U postgres -d flaskdb -v ON_ERROR_STOP=1 -Atc "$0"`,
    sql,
  ]);
}

/** Runs SQL by the URL that the app gets. */
async function byUrl(sql: string): Promise<string> {
  const { DATABASE_URL: url } = await readSecret(namespace, "flask-dev-env");
  return inPod(pod, ["sh", "-c", 'psql "$0" -v ON_ERROR_STOP=1 -Atc "$1"', url, sql]);
}

async function rebuildIndexes(): Promise<void> {
  await asSuperuser("REINDEX DATABASE flaskdb");
  await asSuperuser("ALTER DATABASE flaskdb REFRESH COLLATION VERSION");
}

const role = "SELECT current_user, rolsuper, rolcreatedb FROM pg_roles WHERE rolname = current_user";
const owner = "SELECT datdba::regrole FROM pg_database WHERE datname = current_database()";

/** A volume that Bitnami's image created goes to the official one, and back. */
export function moving(): void {
  describe("a volume of Bitnami's image", () => {
    before("deploy dev again, with that image, and store something", async () => {
      await succeed(shared.project, ["destroy"]);
      configure({ image: bitnami });
      await succeed(shared.project, ["start"]);
      await byUrl("CREATE TABLE cities (name text PRIMARY KEY); INSERT INTO cities VALUES ('Ulm'), ('Åre'), ('Écija')");
    });

    it("has no configuration files", async () => {
      assert.equal(
        await inPod(pod, ["sh", "-c", 'cd "$PGDATA"; ls postgresql.conf pg_hba.conf 2>/dev/null || true']),
        "",
      );
    });

    it("moves in one deployment, with its data, to a role that is no superuser and owns the database", async () => {
      // As if the old image had another C library.
      const stale = "SET allow_system_table_mods = on; UPDATE pg_database SET datcollversion = '2.31'";
      await asSuperuser(`${stale} WHERE datcollversion IS NOT NULL`);
      configure({ adoptVolume: "bitnami" });
      await succeed(shared.project, ["start"]);
      await rebuildIndexes();
      assert.equal(await byUrl("SELECT count(*) FROM cities WHERE name > 'A'"), "3");
      assert.equal(await byUrl(role), "flaskuser|f|f");
      assert.equal(await byUrl(owner), "flaskuser");
      const mismatches =
        "SELECT count(*) FROM pg_database WHERE datcollversion <> pg_database_collation_actual_version(oid)";
      assert.equal(await asSuperuser(mismatches), "0");
    });

    it("needs a password for every connection, also inside the pod", async () => {
      for (const host of ["127.0.0.1", "/var/run/postgresql"]) {
        await assert.rejects(
          inPod(pod, ["psql", "-w", "-h", host, "-U", "postgres", "-c", "SELECT 1"]),
          /no password supplied/,
        );
      }
    });

    it("goes back with what was written since, and comes again", async () => {
      await byUrl("INSERT INTO cities VALUES ('Zug')");
      configure({ image: bitnami, adoptVolume: "official" });
      await succeed(shared.project, ["start"]);
      await rebuildIndexes();
      assert.equal(await byUrl("SELECT count(*) FROM cities"), "4");
      configure({ adoptVolume: "bitnami" });
      await succeed(shared.project, ["start"]);
      assert.equal(await byUrl("SELECT count(*) FROM cities"), "4");
      configure({});
      assert.match(await succeed(shared.project, ["start"]), /nothing changed/);
    });
  });
}
