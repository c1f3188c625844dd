import { once } from "events";
import * as net from "net";
import * as path from "path";
import { stateFolder } from "../../tools/lib/paths";
import { UserError } from "../../tools/lib/userError";
import { BackgroundProcesses } from "../processes";
import { firstProcess, networkCommand } from "./linuxNamespaces";

/**
 * Opens a port on the machine's loopback that forwards to an address in the node's network.
 *
 * @param name Name of the background process that relays the connections.
 * @param port Port to open; 0 for any free one.
 * @returns The port that was opened.
 * @throws {UserError} If the port is taken, or the node's namespaces do not exist.
 */
export async function forwardPort(
  processes: BackgroundProcesses,
  name: string,
  target: { host: string; port: number },
  port: number,
): Promise<number> {
  const namespace = firstProcess(processes);
  if (namespace === undefined) {
    throw new UserError("The node is not running.");
  }
  // A connection that arrives before the relay is ready would otherwise hang.
  const server = net.createServer((early) => early.destroy());
  server.listen(port, "127.0.0.1");
  await once(server, "listening").catch((error: NodeJS.ErrnoException) => {
    throw error.code === "EADDRINUSE" ? new UserError(`Port ${port} of 127.0.0.1 is taken.`) : error;
  });
  const opened = (server.address() as net.AddressInfo).port;
  const [nsenter, ...options] = networkCommand(namespace);
  const relay = [process.execPath, "-r", require.resolve("ts-node/register"), path.join(__dirname, "portRelay.ts")];
  // BackgroundProcesses recognizes its processes by a file of the sandbox in the command line.
  const label = path.join(stateFolder, `${name}.pid`);
  const args = [target.host, String(target.port), String(namespace), label];
  const child = processes.start(name, nsenter, [...options, ...relay, ...args], true);
  try {
    child.send("listen", server);
    await Promise.race([
      once(child, "message"),
      once(child, "exit").then(() => {
        throw new UserError(`${name} ended:\n${processes.lastOutput(name)}`);
      }),
    ]);
  } finally {
    if (child.connected) {
      child.disconnect();
    }
    server.close();
  }
  return opened;
}
