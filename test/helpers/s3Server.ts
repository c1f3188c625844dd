import * as fs from "fs";
import * as http from "http";
import * as path from "path";
import { AddressInfo } from "net";
import { execa } from "execa";
import { buildTool } from "../../sandbox/buildBinaries";
import { freePort } from "../../sandbox/freePort";
import { findTool } from "../../tools/lib/binaries";
import { until } from "./cluster";

/** An S3 server on loopback, with one bucket. */
export interface S3Server {
  /** URL where only what backups need is allowed: adding objects and listing them. Everything else is answered with 403. */
  appendOnlyUrl: string;
  /** URL where everything is allowed. */
  url: string;
  bucket: string;
  /** Folder with the content of the bucket. */
  folder: string;
  /** Both keys of the server's only account. */
  credentials: { AWS_ACCESS_KEY_ID: string; AWS_SECRET_ACCESS_KEY: string };
  /** Requests that were refused, such as `GET /bucket/object`. */
  refused: string[];
  stop(): Promise<void>;
}

/** Finds rclone in the version that backups run by default, and builds it if it is missing. */
export async function findRclone(): Promise<string> {
  if (!(await findTool("rclone"))) {
    await buildTool("rclone", () => undefined, new AbortController().signal);
  }
  return (await findTool("rclone"))!;
}

/**
 * Starts an S3 server, which is rclone's.
 *
 * @param root Folder that gets a folder for the bucket.
 */
export async function startS3(rclone: string, root: string): Promise<S3Server> {
  const bucket = "company-backups";
  const folder = path.join(root, bucket);
  fs.mkdirSync(folder);
  const credentials = { AWS_ACCESS_KEY_ID: "backups", AWS_SECRET_ACCESS_KEY: "the secret of backups" };
  const port = await freePort();
  const key = Object.values(credentials).join(",");
  const address = `127.0.0.1:${port}`;
  // Tests delete objects in the folder itself, and the next test may add one of the same name within the second.
  const options = ["--config=/dev/null", "--dir-cache-time=0s", `--auth-key=${key}`, `--addr=${address}`];
  const server = execa(rclone, ["serve", "s3", ...options, root], { reject: false, stdio: "ignore" });
  const url = `http://${address}`;
  const answers = () =>
    fetch(url).then(
      () => true,
      () => false,
    );
  await until("the S3 server answers", answers);
  const refused: string[] = [];
  const proxy = await startAppendOnlyProxy(port, refused);
  return {
    appendOnlyUrl: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    url,
    bucket,
    folder,
    credentials,
    refused,
    stop: async () => {
      proxy.close();
      server.kill();
      await server;
    },
  };
}

/** Forwards what the policy in docs/backups.md allows, and answers 403 to everything else. */
async function startAppendOnlyProxy(port: number, refused: string[]): Promise<http.Server> {
  const proxy = http.createServer((request, response) => {
    const { method, url = "", headers } = request;
    const [pathname] = url.split("?");
    const isList = method === "GET" && /^\/[^/]+\/?$/.test(pathname);
    if (!isList && method !== "PUT" && method !== "POST") {
      refused.push(`${method} ${pathname}`);
      response.writeHead(403).end();
      return;
    }
    // The host is part of the signature, so it stays.
    const forwarded = http.request({ host: "127.0.0.1", port, method, path: url, headers }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(response);
    });
    request.pipe(forwarded);
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  return proxy;
}
