import * as assert from "assert/strict";
import * as yaml from "yaml";
import { chartVersions, helmTemplate, Values, withCopyOfChart } from "../helpers/helm";
import { printNotes } from "./printedNotes";

describe("the chart's notes", function () {
  this.timeout(60_000);

  it("say what was deployed, how to reach it in the cluster and from here, and how to check it", async () => {
    assert.equal(
      await notes({ existingSecret: "shop-env", service: { port: 8000 } }),
      [
        `flask-app ${chartVersions.version} is deployed as release shop in namespace team-a.`,
        "",
        "Its URL:",
        "  http://shop-flask-app.team-a.svc.cluster.local:8000 (in the cluster)",
        "  http://localhost:8080 after: kubectl port-forward service/shop-flask-app 8080:8000 -n team-a",
        "",
        "Check it:",
        "  helm test shop -n team-a",
        "",
        "Its secrets (SECRET_KEY and the URLs of its databases):",
        "  kubectl get secret shop-env -n team-a -o yaml",
        "",
      ].join("\n"),
    );
  });

  it("list the URLs of an Ingress", async () => {
    const hosts = [
      { host: "shop.example.com", paths: [{ path: "/", pathType: "Prefix" }] },
      { host: "api.example.com", paths: [{ path: "/v1", pathType: "Prefix" }] },
    ];
    const http = await notes({ ingress: { enabled: true, hosts } });
    assert.match(http, /\n {2}http:\/\/shop\.example\.com\/\n {2}http:\/\/api\.example\.com\/v1\n/);
    assert.doesNotMatch(http, /svc\.cluster\.local|localhost/);
    const tls = [{ secretName: "tls", hosts: hosts.map(({ host }) => host) }];
    const https = await notes({ ingress: { enabled: true, hosts, tls } });
    assert.match(https, /\n {2}https:\/\/shop\.example\.com\/\n {2}https:\/\/api\.example\.com\/v1\n/);
  });

  for (const [type, expected] of [
    ["LoadBalancer", /kubectl get service shop-flask-app -n team-a -o jsonpath='http:.*\.ingress\[0\]\.ip\}:8000'/],
    ["NodePort", /kubectl get service shop-flask-app -n team-a -o jsonpath='http:.*\.nodePort\}'/],
  ] as const) {
    it(`say how to find the URL of a ${type}`, async () => {
      assert.match(await notes({ service: { type, port: 8000 } }), expected);
    });
  }

  it("warn of the guide's secret key, which is public, where it is not refused", async () => {
    const flask = { env: "staging", secretKey: "change-me-in-production" };
    assert.match(await notes({ flask }), /WARNING: flask\.secretKey is public/);
    assert.doesNotMatch(await notes({ flask, existingSecret: "shop-env" }), /WARNING/);
    assert.doesNotMatch(await notes({ flask: { secretKey: "s3cr3t" } }), /WARNING/);
    assert.doesNotMatch(await notes({}), /WARNING/);
  });

  it("warn of a secret key that is a template expression, as in the guide's production values", async () => {
    const flask = { secretKey: "{{ .Values.externalSecrets.flaskSecretKey }}" };
    assert.match(await notes({ flask }), /WARNING: flask\.secretKey contains a template expression/);
    assert.doesNotMatch(await notes({ flask, existingSecret: "shop-env" }), /WARNING/);
  });

  it("warn of Flask's debugger", async () => {
    assert.match(await notes({ flask: { debug: true } }), /WARNING: flask\.debug is on/);
  });

  it("show no secret", async () => {
    const database = { enabled: true, host: "db", password: "pa55word" };
    const text = await notes({ flask: { secretKey: "s3cr3t" }, database, redis: { ...database } });
    assert.doesNotMatch(text, /s3cr3t|pa55word/);
  });
});

/** The notes as an installation prints them. */
async function notes(values: Values): Promise<string> {
  return withCopyOfChart(async (chart) => {
    printNotes(chart);
    const show = ["--show-only", "templates/notes.yaml"];
    const { text } = yaml.parse(await helmTemplate(values, { chart, args: show })) as { text: string };
    return text;
  });
}
