import { once } from "events";
import * as net from "net";

/** Finds a free port of 127.0.0.1. */
export async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  await once(server.close(), "close");
  return port;
}
