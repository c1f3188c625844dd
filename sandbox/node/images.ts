import * as crypto from "crypto";
import * as fs from "fs";
import * as path from "path";
import { execa } from "execa";
import { postgresqlImage } from "../../components/postgresql";
import { redisImage } from "../../components/redis";
import { imageReference } from "../../components/image";
import { packageFiles, packageName, unpackPackages } from "./debianPackages";
import { buildExampleLayers } from "./exampleImage";
import { buildLayer, Layer } from "./layers";

/** What a container runs by default, in the terms of the image format. */
interface ImageConfig {
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

const systemPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

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
    {
      reference: imageReference(postgresqlImage),
      layers: [system],
      config: {
        Cmd: ["/entrypoints/postgresql.sh"],
        Env: [`PATH=${postgresqlBin()}:${systemPath}`],
        User: "1001",
        // A fast shutdown, which does not wait for clients to disconnect.
        StopSignal: "SIGINT",
      },
    },
    {
      reference: imageReference(redisImage),
      layers: [system],
      config: { Cmd: ["/entrypoints/redis.sh"], Env, User: "1001", WorkingDir: "/data" },
    },
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

/** Every package, a link for each program of BusyBox, the entrypoints, and the users that the containers run as. */
function buildSystem(interrupt: AbortSignal): Promise<Layer> {
  const entrypoint = (name: string) => fs.readFileSync(path.join(__dirname, "entrypoints", name), "utf8");
  const files = {
    "etc/passwd": "root:x:0:0::/:/bin/sh\npostgres:x:1001:1001::/tmp:/bin/sh\napp:x:10001:10001::/tmp:/bin/sh\n",
    "etc/group": "root:x:0:\npostgres:x:1001:\napp:x:10001:\n",
    "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
    "entrypoints/postgresql.sh": entrypoint("postgresql.sh"),
    "entrypoints/redis.sh": entrypoint("redis.sh"),
  };
  const debs = packageFiles("images");
  return buildLayer(
    "system",
    [JSON.stringify(files), ...debs.map((file) => path.basename(file))],
    async (root) => {
      await unpackPackages(debs, root, interrupt);
      for (const [name, content] of Object.entries(files)) {
        fs.mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
        fs.writeFileSync(path.join(root, name), content, { mode: name.endsWith(".sh") ? 0o755 : 0o644 });
      }
      fs.mkdirSync(path.join(root, "tmp"));
      fs.chmodSync(path.join(root, "tmp"), 0o1777);
      const { stdout } = await execa("chroot", [root, "/bin/busybox", "--list"], { cancelSignal: interrupt });
      const links = stdout.split("\n").map((program) => path.join(root, "bin", program));
      for (const link of links.filter((file) => !fs.existsSync(file))) {
        fs.symlinkSync("busybox", link);
      }
    },
    interrupt,
  );
}

/** Folder of PostgreSQL's programs in its image, which Debian names after the version. */
function postgresqlBin(): string {
  const server = packageFiles("images")
    .map(packageName)
    .find((name) => /^postgresql-\d+$/.test(name));
  return `/usr/lib/postgresql/${server?.split("-")[1]}/bin`;
}
