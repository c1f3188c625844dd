import * as net from "net";

/**
 * A process in the node's network. It takes over a socket that was opened on the machine's loopback, and forwards every
 * connection to an address in that network. So the machine needs no network interface that leads to the node.
 *
 * Arguments: host and port to forward to.
 */
const [host, port] = process.argv.slice(2);

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
