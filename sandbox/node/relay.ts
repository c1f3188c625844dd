import * as net from "net";

/**
 * Runs in the sandbox's network: takes over a socket that was opened on the machine's loopback, and passes every
 * connection to it on to an address in here. So the machine needs no interface that leads to the sandbox.
 *
 * Arguments: host and port to pass on to.
 */
const [host, port] = process.argv.slice(2);

process.once("message", (_message: unknown, server: net.Server) => {
  server.on("connection", (client) => {
    const inner = net.connect(Number(port), host);
    const end = () => {
      client.destroy();
      inner.destroy();
    };
    client.on("error", end);
    inner.on("error", end);
    client.on("close", () => inner.end());
    client.pipe(inner).pipe(client);
  });
  process.send?.("listening");
});
