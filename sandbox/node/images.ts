import * as fs from "fs";
import * as path from "path";
import { execa, ExecaError } from "execa";
import { postgresqlImage, redisImage } from "../../components/databaseImages";
import { imageReference } from "../../components/image";
import { digestOf } from "./digest";
import { UserError } from "../../tools/lib/userError";
import { buildExample } from "./exampleLayers";
import { Layer, makeLayer } from "./layers";
import { nodeFolder } from "./namespace";
import { packageFiles, packageName, unpack } from "./packages";

/** What a container of an image runs, unless it is told otherwise; as the image format names it. */
interface ImageConfig {
  Cmd: string[];
  Env?: string[];
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

const folder = path.join(__dirname, "../images");
const systemPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * Makes the images of all that runs in the sandbox on a real node, out of packages; those that were made of the same
 * before are taken as they are. The example's has another tag whenever the example changes.
 */
export async function buildImages(interrupt: AbortSignal): Promise<Image[]> {
  const base = await buildBase(interrupt);
  const python = await packagesLayer("python", interrupt);
  const postgresql = await packagesLayer("postgresql", interrupt);
  const redis = await packagesLayer("redis", interrupt);
  const example = await buildExample([base, python], interrupt);
  const exampleConfig = {
    Cmd: ["gunicorn", "wsgi:app"],
    Env: [
      `PATH=/packages/bin:${systemPath}`,
      "PYTHONPATH=/packages",
      "PYTHONUNBUFFERED=1",
      "PYTHONDONTWRITEBYTECODE=1",
    ],
    User: "10001:10001",
    WorkingDir: "/app",
  };
  const exampleLayers = [base, python, ...example];
  const images = [
    { reference: pauseImage, layers: [base], config: { Cmd: ["/bin/sleep", "infinity"] } },
    // Of `helm test` and of pods that wait for something.
    { reference: "docker.io/library/busybox:1.36", layers: [base], config: { Cmd: ["sh"] } },
    {
      reference: imageReference(postgresqlImage),
      layers: [base, postgresql, await entrypoint("postgresql", interrupt)],
      config: {
        Cmd: ["/entrypoint.sh"],
        Env: [`PATH=${postgresqlBin()}:${systemPath}`],
        User: "1001",
        // It ends at once, and does not wait for those who are connected.
        StopSignal: "SIGINT",
      },
    },
    {
      reference: imageReference(redisImage),
      layers: [base, redis, await entrypoint("redis", interrupt)],
      config: { Cmd: ["/entrypoint.sh"], User: "1001", WorkingDir: "/data" },
    },
    { reference: `${exampleRepository}:${tagOf(exampleLayers)}`, layers: exampleLayers, config: exampleConfig },
  ];
  return images;
}

/**
 * Gives images to the container runtime.
 *
 * @param ctr The runtime's client, and the arguments that it begins with.
 */
export async function importImages(images: Image[], ctr: string[], interrupt: AbortSignal): Promise<void> {
  const archive = fs.mkdtempSync(path.join(nodeFolder, "archive-"));
  try {
    const manifest = images.map((image) => {
      const text = JSON.stringify(describe(image));
      const config = `${digestOf(text)}.json`;
      fs.writeFileSync(path.join(archive, config), text);
      const layers = image.layers.map((layer) => {
        const link = path.join(archive, `${layer.digest}.tar`);
        if (!fs.existsSync(link)) {
          fs.symlinkSync(layer.file, link);
        }
        return path.basename(link);
      });
      return { Config: config, RepoTags: [image.reference], Layers: layers };
    });
    fs.writeFileSync(path.join(archive, "manifest.json"), JSON.stringify(manifest));
    await execa("tar", ["--create", "--dereference", "--directory", archive, "."], {
      buffer: false,
      cancelSignal: interrupt,
    }).pipe(ctr[0], [...ctr.slice(1), "images", "import", "-"], { cancelSignal: interrupt });
  } catch (error) {
    if (error instanceof ExecaError && !error.isCanceled) {
      throw new UserError(`The images cannot be loaded: ${String(error.stderr).trim().split("\n").at(-1)}`);
    }
    throw error;
  } finally {
    fs.rmSync(archive, { recursive: true, force: true });
  }
}

function describe({ layers, config }: Image): object {
  return {
    architecture: process.arch === "x64" ? "amd64" : process.arch,
    os: "linux",
    config: { ...config, Env: config.Env ?? [`PATH=${systemPath}`] },
    rootfs: { type: "layers", diff_ids: layers.map(({ digest }) => `sha256:${digest}`) },
  };
}

function tagOf(layers: Layer[]): string {
  return digestOf(layers.map(({ digest }) => digest).join()).slice(0, 12);
}

/** The C library, a shell with the usual small programs, and the users that the containers run as. */
function buildBase(interrupt: AbortSignal): Promise<Layer> {
  const files = {
    "etc/passwd": "root:x:0:0::/:/bin/sh\npostgres:x:1001:1001::/tmp:/bin/sh\napp:x:10001:10001::/tmp:/bin/sh\n",
    "etc/group": "root:x:0:\npostgres:x:1001:\napp:x:10001:\n",
    "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
  };
  const debs = packageFiles("base");
  return makeLayer(
    "base",
    [JSON.stringify(files), ...debs.map((file) => path.basename(file))],
    async (root) => {
      await unpack(debs, root, interrupt);
      for (const [name, content] of Object.entries(files)) {
        fs.mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
        fs.writeFileSync(path.join(root, name), content, { mode: 0o644 });
      }
      fs.mkdirSync(path.join(root, "tmp"));
      fs.chmodSync(path.join(root, "tmp"), 0o1777);
      const { stdout } = await execa("chroot", [root, "/bin/busybox", "--list"], { cancelSignal: interrupt });
      for (const applet of stdout.split("\n").filter((name) => name !== "busybox")) {
        fs.symlinkSync("busybox", path.join(root, "bin", applet));
      }
    },
    interrupt,
  );
}

/** Packages of a set that the base has not. */
function packagesLayer(set: "python" | "postgresql" | "redis", interrupt: AbortSignal): Promise<Layer> {
  const inBase = packageFiles("base").map(packageName);
  const debs = packageFiles(set).filter((file) => !inBase.includes(packageName(file)));
  return makeLayer(
    set,
    debs.map((file) => path.basename(file)),
    (root) => unpack(debs, root, interrupt),
    interrupt,
  );
}

function entrypoint(name: "postgresql" | "redis", interrupt: AbortSignal): Promise<Layer> {
  const script = fs.readFileSync(path.join(folder, `${name}.sh`), "utf8");
  return makeLayer(
    `${name}-entrypoint`,
    [script],
    (root) => fs.promises.writeFile(path.join(root, "entrypoint.sh"), script, { mode: 0o755 }),
    interrupt,
  );
}

/** Where PostgreSQL's packages put its programs: in a folder that is named after its version. */
function postgresqlBin(): string {
  const server = packageFiles("postgresql")
    .map(packageName)
    .find((name) => /^postgresql-\d+$/.test(name));
  return `/usr/lib/postgresql/${server?.split("-")[1]}/bin`;
}
