import * as crypto from "crypto";
import * as fs from "fs";
import * as path from "path";
import { execa } from "execa";
import { imageReference } from "../../components/image";
import { postgresqlImage } from "../../components/postgresql";
import { redisImage } from "../../components/redis";
import { packageFiles, packageName, unpackPackages } from "./debianPackages";
import { buildExampleLayers } from "./exampleImage";
import { buildLayer, Layer } from "./layers";

/** What a container runs by default, in the terms of the image format. */
interface ImageConfig {
  Entrypoint?: string[];
  Cmd: string[];
  Env: string[];
  User?: string;
  WorkingDir?: string;
  StopSignal?: string;
}

/** An image: its name, its layers from the lowest to the highest, and what it runs. */
export interface Image {
  reference: string;
  layers: Layer[];
  config: ImageConfig;
}

/** The image that holds a pod's network while its containers come and go. */
export const pauseImage = "sandbox.local/pause:1";
/** Repository of the example's image. */
export const exampleRepository = "sandbox.local/flask-app-example";

/** Locale of the databases. Both families of images have it, and sort text by it. */
const locale = "en_US.UTF-8";
/** PATH of the images. */
export const systemPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * Builds every image that the real node can run, from Debian's packages. They share one layer, which loads faster than one
 * for each. Layers whose inputs have not changed are used again. The tag of the example's image changes with the example.
 */
export async function buildImages(interrupt: AbortSignal): Promise<Image[]> {
  const system = await buildSystem(interrupt);
  const example = [system, ...(await buildExampleLayers(system, interrupt))];
  const exampleTag = crypto.hash("sha256", example.map(({ digest }) => digest).join()).slice(0, 12);
  const Env = [`PATH=${systemPath}`];
  return [
    { reference: pauseImage, layers: [system], config: { Cmd: ["/bin/sleep", "infinity"], Env } },
    // Used by `helm test`, and by init containers that wait.
    { reference: "docker.io/library/busybox:1.36", layers: [system], config: { Cmd: ["sh"], Env } },
    ...databaseImages(system, await buildEntrypoints(interrupt)),
    {
      reference: `${exampleRepository}:${exampleTag}`,
      layers: example,
      config: {
        Cmd: ["gunicorn", "wsgi:app"],
        Env: [
          `PATH=/packages/bin:${systemPath}`,
          "PYTHONPATH=/packages",
          "PYTHONUNBUFFERED=1",
          "PYTHONDONTWRITEBYTECODE=1",
        ],
        User: "10001:10001",
        WorkingDir: "/app",
      },
    },
  ];
}

/**
 * PostgreSQL and Redis under the references of the official images and of Bitnami's. Each follows the contract of the image
 * that it stands in for: what it reads from its environment, and where it keeps what. All have the version of the
 * distribution, and the user that the chart sets has no name in any of them.
 */
function databaseImages(system: Layer, entrypoints: Layer): Image[] {
  const postgresqlPath = `PATH=${systemPath}:${postgresqlBin()}`;
  // A fast shutdown, which does not wait for clients to disconnect.
  const postgresql = { StopSignal: "SIGINT" };
  const redis = { Cmd: ["redis-server"], Env: [`PATH=${systemPath}`], WorkingDir: "/data" };
  return [
    {
      reference: imageReference(postgresqlImage),
      layers: [system, entrypoints],
      config: {
        ...postgresql,
        Entrypoint: ["docker-entrypoint.sh"],
        Cmd: ["postgres"],
        Env: [postgresqlPath, `LANG=${locale}`, "PGDATA=/var/lib/postgresql/data"],
      },
    },
    {
      reference: "docker.io/bitnamilegacy/postgresql:15.4.0-debian-11-r45",
      layers: [system, entrypoints],
      config: {
        ...postgresql,
        Cmd: ["/opt/bitnami/scripts/postgresql/entrypoint.sh"],
        Env: [postgresqlPath, `LANG=${locale}`, "PGDATA=/bitnami/postgresql/data"],
        User: "1001",
      },
    },
    // The chart brings the scripts that start Redis.
    { reference: imageReference(redisImage), layers: [system], config: redis },
    {
      reference: "docker.io/bitnamilegacy/redis:7.0.12-debian-11-r34",
      layers: [system],
      config: { ...redis, User: "1001" },
    },
  ];
}

/** Every package, a link for each program of BusyBox, the locale, and the users that the containers run as. */
export function buildSystem(interrupt: AbortSignal): Promise<Layer> {
  const files = {
    "etc/passwd":
      "root:x:0:0::/:/bin/sh\npostgres:x:999:999::/var/lib/postgresql:/bin/sh\napp:x:10001:10001::/tmp:/bin/sh\n",
    "etc/group": "root:x:0:\npostgres:x:999:\napp:x:10001:\n",
    "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
  };
  const debs = packageFiles("images");
  return buildLayer(
    "system",
    [JSON.stringify([files, locale]), ...debs.map((file) => path.basename(file))],
    async (root) => {
      await unpackPackages(debs, root, interrupt);
      for (const [name, content] of Object.entries(files)) {
        fs.mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
        fs.writeFileSync(path.join(root, name), content);
      }
      makeWritable(path.join(root, "tmp"));
      const run = (...command: string[]) => execa("chroot", [root, ...command], { cancelSignal: interrupt });
      const { stdout } = await run("/bin/busybox", "--list");
      const links = stdout.split("\n").map((program) => path.join(root, "bin", program));
      for (const link of links.filter((file) => !fs.existsSync(file))) {
        fs.symlinkSync("busybox", link);
      }
      const [language, charset] = locale.split(".");
      fs.mkdirSync(path.join(root, "usr/lib/locale"), { recursive: true });
      await run("localedef", `--inputfile=${language}`, `--charmap=${charset}`, locale);
      // The sources of all locales.
      fs.rmSync(path.join(root, "usr/share/i18n"), { recursive: true });
    },
    interrupt,
  );
}

/** The entrypoints of the images of PostgreSQL. After an edit, only this small layer is built again. */
function buildEntrypoints(interrupt: AbortSignal): Promise<Layer> {
  const entrypoint = (name: string) => fs.readFileSync(path.join(__dirname, "entrypoints", name), "utf8");
  const scripts = {
    "usr/local/bin/docker-entrypoint.sh": entrypoint("docker-entrypoint.sh"),
    "usr/local/bin/docker-ensure-initdb.sh": entrypoint("docker-ensure-initdb.sh"),
    "opt/bitnami/scripts/postgresql/entrypoint.sh": entrypoint("bitnami-postgresql.sh"),
  };
  const writable = ["var/run/postgresql", "opt/bitnami/postgresql/conf"];
  return buildLayer(
    "entrypoints",
    [JSON.stringify([scripts, writable])],
    (root) => {
      for (const [name, content] of Object.entries(scripts)) {
        fs.mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
        fs.writeFileSync(path.join(root, name), content, { mode: 0o755 });
      }
      writable.forEach((folder) => makeWritable(path.join(root, folder)));
      return Promise.resolve();
    },
    interrupt,
  );
}

/** Creates a folder that every user of a container may write to. */
function makeWritable(folder: string): void {
  fs.mkdirSync(folder, { recursive: true });
  fs.chmodSync(folder, 0o1777);
}

/** Folder of PostgreSQL's programs in its image, which Debian names after the version. */
function postgresqlBin(): string {
  const server = packageFiles("images")
    .map(packageName)
    .find((name) => /^postgresql-\d+$/.test(name));
  return `/usr/lib/postgresql/${server?.split("-")[1]}/bin`;
}
