import * as net from "net";
import { commandLine } from "../processes";

/**
 * A process in the node's network. It takes over a socket that was opened on the machine's loopback, and forwards every
 * connection to an address in that network. So the machine needs no network interface that leads to the node.
 *
 * It is a process of the machine, which the kernel does not end with the node's namespaces. So it ends itself.
 *
 * Arguments: host and port to forward to, id of the first process in the namespaces.
 */
const [host, port, namespace] = process.argv.slice(2);

setInterval(() => {
  if (commandLine(Number(namespace)) === "") {
    process.exit();
  }
}, 500);

process.once("message", (_message: unknown, server: net.Server) => {
  server.on("connection", (client) => {
    const target = net.connect(Number(port), host);
    const end = () => {
      client.destroy();
      target.destroy();
    };
    client.on("error", end);
    target.on("error", end);
    client.on("close", () => target.end());
    client.pipe(target).pipe(client);
  });
  process.send?.("listening");
});
