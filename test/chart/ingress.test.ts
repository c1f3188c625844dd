import * as assert from "assert/strict";
import { render, renderError } from "../helpers/helm";

const host = { host: "shop.example.com", paths: [{ path: "/", pathType: "Prefix" }] };

describe("the chart's Ingress", function () {
  this.timeout(60_000);

  it("is made only when it is enabled", async () => {
    assert.deepEqual((await render({ ingress: { hosts: [host] } })).every("Ingress"), []);
  });

  it("is refused without a host", async () => {
    assert.match(await renderError({ ingress: { enabled: true } }), /at '\/ingress\/hosts': minItems: got 0, want 1/);
  });

  it("leads each path of each host to the Service's port of the name http", async () => {
    const paths = [
      { path: "/v1", pathType: "Prefix" },
      { path: "/healthz", pathType: "Exact" },
    ];
    const hosts = [host, { host: "*.example.com", paths }];
    const manifests = await render({ ingress: { enabled: true, hosts }, service: { port: 8000 } });
    const backend = { service: { name: "shop-flask-app", port: { name: "http" } } };
    assert.deepEqual(manifests.one("Ingress").spec, {
      rules: hosts.map(({ host: name, paths: wanted }) => ({
        host: name,
        http: { paths: wanted.map((path) => ({ ...path, backend })) },
      })),
    });
    const { metadata, spec } = manifests.one("Service");
    assert.equal(metadata?.name, backend.service.name);
    assert.ok(spec?.ports?.some(({ name }) => name === backend.service.port.name));
  });

  it("has the class, the certificates and the annotations that are set", async () => {
    const tls = [
      { secretName: "shop-tls", hosts: ["shop.example.com"] },
      { secretName: "other-tls", hosts: ["a.example.com", "b.example.com"] },
    ];
    const annotations = { "nginx.ingress.kubernetes.io/ssl-redirect": "true" };
    const values = { ingress: { enabled: true, hosts: [host], className: "nginx", tls, annotations } };
    const { metadata, spec } = (await render(values)).one("Ingress");
    assert.deepEqual(metadata?.annotations, annotations);
    assert.equal(spec?.ingressClassName, "nginx");
    assert.deepEqual(spec?.tls, tls);
  });

  it("has none of them by default", async () => {
    const { metadata, spec } = (await render({ ingress: { enabled: true, hosts: [host] } })).one("Ingress");
    assert.deepEqual(Object.keys(metadata!).sort(), ["labels", "name"]);
    assert.deepEqual(Object.keys(spec!), ["rules"]);
  });
});
