import { once } from "events";
import * as net from "net";
import * as path from "path";
import { BackgroundProcesses } from "../processes";
import { stateFolder } from "../../tools/lib/paths";
import { UserError } from "../../tools/lib/userError";
import { inNetwork } from "./namespace";

/**
 * Opens a port on the machine's loopback that leads to an address in the sandbox's network.
 *
 * @param name Name of the process that passes connections on.
 * @param port Port to open; 0 for any that is free.
 * @returns The port.
 * @throws {UserError} If the port is taken.
 */
export async function forward(
  processes: BackgroundProcesses,
  name: string,
  target: { host: string; port: number },
  port: number,
): Promise<number> {
  // Who comes before the relay has taken over would otherwise wait for ever.
  const server = net.createServer((early) => early.destroy());
  server.listen(port, "127.0.0.1");
  await once(server, "listening").catch((error: NodeJS.ErrnoException) => {
    throw error.code === "EADDRINUSE" ? new UserError(`Port ${port} of 127.0.0.1 is taken.`) : error;
  });
  const opened = (server.address() as net.AddressInfo).port;
  const [enter, ...entering] = inNetwork(processes);
  const relay = [...entering, process.execPath, "-r", "ts-node/register", path.join(__dirname, "relay.ts")];
  const label = path.join(stateFolder, `${name}.pid`);
  const child = processes.start(name, enter, [...relay, target.host, String(target.port), label], true);
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
