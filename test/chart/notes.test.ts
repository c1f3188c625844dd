import * as assert from "assert/strict";
import * as fs from "fs";
import * as path from "path";
import { chartVersions, helm, Values, withCopyOfChart } from "../helpers/helm";

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
        "Its secrets (SECRET_KEY, and the URLs of its databases where it has any):",
        "  kubectl get secret shop-env -n team-a -o yaml",
        "",
      ].join("\n"),
    );
  });

  it("name the URLs of an Ingress", async () => {
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

  it("tell how to find the address of a LoadBalancer", async () => {
    assert.match(
      await notes({ service: { type: "LoadBalancer", port: 8000 } }),
      /kubectl get service shop-flask-app -n team-a -o jsonpath='http:.*\.loadBalancer\.ingress\[0\]\.ip\}:8000'/,
    );
  });

  it("tell how to find the port of a NodePort", async () => {
    assert.match(
      await notes({ service: { type: "NodePort" } }),
      /kubectl get service shop-flask-app -n team-a -o jsonpath='http:.*\.nodePort\}'/,
    );
  });

  it("warn of the default secret key, which everybody knows", async () => {
    assert.match(await notes({}), /WARNING: flask\.secretKey is the chart's default/);
    assert.doesNotMatch(await notes({ flask: { secretKey: "s3cr3t" } }), /WARNING/);
    assert.doesNotMatch(await notes({ existingSecret: "shop-env" }), /WARNING/);
  });

  it("warn of a secret key that is template text, as in the guide's production values", async () => {
    const flask = { secretKey: "{{ .Values.externalSecrets.flaskSecretKey }}" };
    assert.match(await notes({ flask }), /WARNING: flask\.secretKey holds template text/);
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

/** The notes as an installation prints them. `helm template` leaves them out, so a template of a copy includes them. */
async function notes(values: Values): Promise<string> {
  return withCopyOfChart(async (chart) => {
    const templates = path.join(chart, "templates");
    const text = fs.readFileSync(path.join(templates, "NOTES.txt"), "utf8");
    const template = `{{ define "notes" }}${text}{{ end }}{{ include "notes" . | toJson }}\n`;
    fs.writeFileSync(path.join(templates, "notes.yaml"), `notes: ${template}`);
    const show = ["--show-only", "templates/notes.yaml"];
    const { stdout } = await helm(
      ["template", "shop", chart, "--namespace", "team-a", "--values", "-", ...show],
      values,
    );
    return JSON.parse(stdout.slice(stdout.indexOf('"'))) as string;
  });
}
