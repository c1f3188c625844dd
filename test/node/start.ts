import * as assert from "assert/strict";
import * as fs from "fs";
import * as net from "net";
import * as path from "path";
import { execa } from "execa";
import { processes } from "../../sandbox/controlPlane";
import { freePort } from "../../sandbox/freePort";
import { forwardPort } from "../../sandbox/node/portForward";
import { pods, succeed, until } from "../helpers/cluster";
import { listeningAddresses, processIds } from "../helpers/listeners";
import { appPods, inPod, namespace, predict, sql } from "./node";
import { prepare, shared } from "./shared";

/** `npm start` ends with an app that answers. */
export function start(): void {
  describe("npm start", () => {
    let command: string;

    before("start, and read the command that it prints", async () => {
      prepare();
      const output = await succeed(shared.project, ["start", "--node", "real"]);
      assert.match(output, /^Node: real/m);
      command = /^ {2}(curl .*)$/m.exec(output)?.[1] ?? "";
      shared.url = /http:\/\/127\.0\.0\.1:\d+/.exec(command)?.[0] ?? "";
      assert.ok(shared.url, output);
    });

    it("prints a command that gets the first answer from the model, and the second one from Redis", async () => {
      const ask = async () => JSON.parse((await execa("sh", ["-c", command])).stdout) as { predictions: object[] };
      const [first] = (await ask()).predictions;
      const [second] = (await ask()).predictions;
      assert.deepEqual(
        [first, second].map((answer) => (answer as { cached: boolean }).cached),
        [false, true],
      );
      assert.equal((first as { label: string }).label, "setosa");
      const keys = await inPod("flask-dev-redis-master-0", [
        "sh",
        "-c",
        'REDISCLI_AUTH="$REDIS_PASSWORD" redis-cli keys "prediction:*"',
      ]);
      assert.equal(keys.split("\n").length, 1, keys);
    });

    it("deploys an app that logs both answers in PostgreSQL", async () => {
      assert.equal(await sql("SELECT label, cached FROM predictions ORDER BY id"), "setosa|f\nsetosa|t");
    });

    it("changes nothing and prints the same URL when it is run again", async () => {
      const [before] = await pods(namespace, appPods);
      const output = await succeed(shared.project, ["start"]);
      assert.match(output, /nothing changed/);
      assert.ok(output.includes(shared.url), output);
      assert.equal((await pods(namespace, appPods))[0].metadata?.uid, before.metadata?.uid);
    });

    it("closes connections that arrive before a port is forwarded", async () => {
      const port = await freePort();
      const waiting = new Set<net.Socket>();
      const connect = () => {
        const client = net.connect(port, "127.0.0.1");
        client.on("error", () => undefined);
        client.on("connect", () => waiting.add(client));
        client.on("close", () => waiting.delete(client));
      };
      const connecting = setInterval(connect, 5);
      // Nothing listens there, so a connection that is forwarded is closed, too.
      await forwardPort(processes, "early", { host: "127.0.0.1", port: 1 }, port);
      clearInterval(connecting);
      try {
        await until("no connection is open", () => waiting.size === 0, 5);
      } finally {
        waiting.forEach((client) => client.destroy());
        await processes.stop("early");
      }
    });

    it("opens another port if its own was taken in the meantime", async () => {
      const relay = Number(fs.readFileSync(path.join(shared.project.sandbox, `app-${namespace}.pid`), "utf8"));
      process.kill(relay);
      const port = Number(new URL(shared.url).port);
      const other = net.createServer();
      await until(
        "the port is free",
        () =>
          new Promise((resolve) =>
            other.once("error", () => resolve(false)).listen(port, "127.0.0.1", () => resolve(true)),
          ),
      );
      const output = await succeed(shared.project, ["start"]).finally(() => other.close());
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(output)![0];
      assert.notEqual(url, shared.url);
      shared.url = url;
      assert.equal((await predict(url, 1)).status, 200);
    });

    it("refuses another kind of node while it runs", async () => {
      const { exitCode, output } = await shared.project.run(["start", "--node", "kwok"]);
      assert.notEqual(exitCode, 0);
      assert.match(output, /The sandbox is running with the real node\. Run `npm stop` first to use kwok\./);
    });

    it("opens ports of the machine only on loopback", () => {
      const addresses = listeningAddresses(processIds(shared.project.sandbox));
      assert.ok(addresses.length >= 2, "the API server's and the app's");
      assert.deepEqual(
        addresses.filter((address) => address !== "127.0.0.1"),
        [],
      );
    });

    it("lets pods resolve the names of Services, but not leave the node's network", async () => {
      const [{ metadata }] = await pods(namespace, appPods);
      const lookUp = "import socket, sys; print(socket.gethostbyname(sys.argv[1]))";
      const address = await inPod(metadata!.name!, ["python3", "-c", lookUp, "kubernetes.default"]);
      assert.equal(address, "10.96.0.1");
      const goOut = "import socket; socket.create_connection(('192.0.2.1', 80), 3)";
      await assert.rejects(inPod(metadata!.name!, ["python3", "-c", goOut]), /unreachable/);
    });
  });
}
