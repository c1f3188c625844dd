import { spawn } from "child_process";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import { freePort } from "../../sandbox/freePort";

/** A Redis server on loopback. */
export interface RedisServer {
  port: number;
  stop(): Promise<void>;
}

/**
 * Starts a Redis server that requires a password.
 *
 * @param more Lines for its configuration file.
 */
export async function startRedis(password: string, more = ""): Promise<RedisServer> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "flask-app-redis-"));
  const port = await freePort();
  const config = `bind 127.0.0.1\nport ${port}\ndir ${folder}\nsave ""\nrequirepass ${JSON.stringify(password)}\n${more}`;
  fs.writeFileSync(path.join(folder, "redis.conf"), config, { mode: 0o600 });
  const server = spawn("redis-server", [path.join(folder, "redis.conf")], { stdio: ["ignore", "pipe", "inherit"] });
  await new Promise<void>((resolve, reject) => {
    server.stdout.on("data", (text: Buffer) => text.includes("Ready to accept connections") && resolve());
    server.once("exit", (code) => reject(new Error(`redis-server ended with exit code ${code}`)));
  });
  return {
    port,
    stop: async () => {
      await new Promise((resolve) => server.once("exit", resolve).kill());
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}
