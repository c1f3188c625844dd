import * as assert from "assert/strict";
import * as fs from "fs";
import * as path from "path";
import { execa } from "execa";
import { inTemporaryFolder, Manifests, render } from "../helpers/helm";

const values = {
  service: { port: 8000 },
  healthCheck: { livenessProbe: { path: "/health" }, readinessProbe: { path: "/ready?db=1&cache=1" } },
};

describe("the chart's pod of helm test", function () {
  this.timeout(60_000);
  let manifests: Manifests;

  before("render", async () => {
    manifests = await render(values);
  });

  it("requests the paths of both probes from the Service", async () => {
    const { requests, exitCode } = await runTestPod(manifests);
    const service = manifests.one("Service");
    const url = `http://${service.metadata?.name}:${service.spec?.ports?.[0].port}`;
    assert.deepEqual(requests, [`${url}/health`, `${url}/ready?db=1&cache=1`]);
    assert.equal(exitCode, 0);
  });

  for (const path of ["/health", "/ready?db=1&cache=1"]) {
    it(`fails if ${path} does not answer`, async () => {
      const { exitCode } = await runTestPod(manifests, path);
      assert.notEqual(exitCode, 0);
    });
  }

  it("sends the headers of the probes, and uses TLS where they do", async () => {
    const httpHeaders = [{ name: "Host", value: "it's mine" }];
    const tls = await render({ healthCheck: { readinessProbe: { scheme: "HTTPS", httpHeaders } } });
    const { calls, exitCode } = await runTestPod(tls);
    assert.deepEqual(
      calls[1],
      "-q -O /dev/null --no-check-certificate --header Host: it's mine https://shop-flask-app:80/",
    );
    assert.equal(exitCode, 0);
  });

  it("only connects for a probe that sends no request", async () => {
    const exec = { command: ["python", "healthcheck.py"] };
    const { calls } = await runTestPod(await render({ healthCheck: { livenessProbe: { exec } } }));
    assert.deepEqual(calls, ["-w 10 shop-flask-app 80", "-q -O /dev/null http://shop-flask-app:80/"]);
  });

  it("runs a command of your own instead, such as one that asks for a prediction", async () => {
    const url = 'http://{{ include "flask-app.fullname" . }}:{{ .Values.service.port }}/predict';
    const { spec } = (await render({ test: { command: ["wget"], args: ["-O-", url] } })).one("Pod");
    const { command, args } = spec!.containers[0];
    assert.deepEqual([command, args], [["wget"], ["-O-", "http://shop-flask-app:80/predict"]]);
  });

  it("starts where the app's pods do: with their pull secrets, placement, labels and annotations", async () => {
    const places = {
      imagePullSecrets: [{ name: "registry-login" }],
      nodeSelector: { pool: "ml" },
      tolerations: [{ key: "ml", operator: "Exists" }],
    };
    const given = { ...places, podLabels: { team: "ml" }, podAnnotations: { "sidecar.istio.io/inject": "false" } };
    const { spec, metadata } = (await render(given)).one("Pod");
    const { imagePullSecrets, nodeSelector, tolerations } = spec!;
    assert.deepEqual({ imagePullSecrets, nodeSelector, tolerations }, places);
    assert.equal(metadata?.labels?.team, "ml");
    assert.equal(metadata?.annotations?.["sidecar.istio.io/inject"], "false");
  });

  it("has a name of at most 63 characters, however long the release's is", async () => {
    const { metadata } = (await render({}, { release: "a".repeat(53) })).one("Pod");
    assert.equal(metadata?.name, `${"a".repeat(53)}-flas-test`);
    const cut = (await render({ fullnameOverride: `${"a".repeat(57)}-bcd` })).one("Pod");
    assert.equal(cut.metadata?.name, `${"a".repeat(57)}-test`);
  });
});

/** Runs the pod's command with a fake wget and nc, which record their arguments; wget fails for one path. */
async function runTestPod(
  manifests: Manifests,
  deadPath?: string,
): Promise<{ requests: string[]; calls: string[]; exitCode: number | undefined }> {
  const [program, ...args] = manifests.one("Pod").spec!.containers[0].command!;
  const wget = [
    "#!/bin/sh",
    'for url in "$@"; do :; done',
    'echo "$@" >> "$LOG"',
    'case "$url" in *"$DEAD") exit 8; esac',
  ];
  return inTemporaryFolder(async (folder) => {
    for (const program of ["wget", "nc"]) {
      fs.writeFileSync(path.join(folder, program), [...wget, ""].join("\n"), { mode: 0o755 });
    }
    const LOG = path.join(folder, "requests");
    const env = { PATH: `${folder}:${process.env.PATH}`, LOG, DEAD: deadPath ?? "/none" };
    const { exitCode } = await execa(program, args, { reject: false, env });
    const calls = fs.readFileSync(LOG, "utf8").trim().split("\n");
    return { requests: calls.map((call) => call.split(" ").at(-1)!), calls, exitCode };
  });
}
