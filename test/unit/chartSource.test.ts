import assert from "node:assert/strict";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import { chartDigest, localChart, releaseChart } from "../../components/chartSource";

describe("The digest of a local chart", () => {
  const folders: string[] = [];
  let chart: string;

  function temporaryFolder(): string {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "flask-app-chart-"));
    folders.push(folder);
    return folder;
  }

  function write(file: string, content: string): void {
    fs.mkdirSync(path.dirname(path.join(chart, file)), { recursive: true });
    fs.writeFileSync(path.join(chart, file), content);
  }

  beforeEach(() => {
    chart = temporaryFolder();
    write("Chart.yaml", "name: shop\nversion: 1.2.3\n");
    write("templates/service.yaml", "kind: Service\n");
    write(".helmignore", "# comments are fine\n*.bak\n.git/\n");
  });

  afterEach(() => {
    for (const folder of folders.splice(0)) {
      fs.rmSync(folder, { recursive: true });
    }
  });

  it("is 16 hexadecimal digits of a SHA-256", () => {
    assert.match(chartDigest(chart), /^sha256:[0-9a-f]{16}$/);
  });

  const edits: [title: string, edit: () => void][] = [
    ["a template's content", () => write("templates/service.yaml", "kind: Secret\n")],
    [
      "a file's name",
      () => fs.renameSync(path.join(chart, "templates/service.yaml"), path.join(chart, "service.yaml")),
    ],
    ["a new file", () => write("templates/ingress.yaml", "kind: Ingress\n")],
    ["a new file in a new folder", () => write("files/deep/down/model.json", "{}")],
    ["the rules of .helmignore", () => write(".helmignore", "*.bak\n.git/\nservice.yaml\n")],
  ];
  for (const [title, edit] of edits) {
    it(`changes with ${title}`, () => {
      const before = chartDigest(chart);
      edit();
      assert.notEqual(chartDigest(chart), before);
    });
  }

  it("changes when a line moves from the end of a file to the start of the next", () => {
    write("a.txt", "one\ntwo\n");
    write("b.txt", "three\n");
    const before = chartDigest(chart);
    write("a.txt", "one\n");
    write("b.txt", "two\nthree\n");
    assert.notEqual(chartDigest(chart), before);
  });

  it("changes when one file swallows the next, with its name", () => {
    write("a.txt", "one");
    write("b.txt", "two");
    const before = chartDigest(chart);
    write("a.txt", "oneb.txt\0\0two");
    fs.rmSync(path.join(chart, "b.txt"));
    assert.notEqual(chartDigest(chart), before);
  });

  const leftAlone: [title: string, edit: () => void][] = [
    ["a file that .helmignore excludes", () => write("templates/service.yaml.bak", "kind: Service\n")],
    ["a file in a folder that .helmignore excludes", () => write(".git/objects/ab", "blob")],
    ["an empty folder", () => fs.mkdirSync(path.join(chart, "crds"))],
    ["the time of a file", () => fs.utimesSync(path.join(chart, "Chart.yaml"), 0, 0)],
  ];
  for (const [title, edit] of leftAlone) {
    it(`does not change with ${title}`, () => {
      const before = chartDigest(chart);
      edit();
      assert.equal(chartDigest(chart), before);
    });
  }

  it("is the same in another checkout whose files were written in another order", () => {
    const other = temporaryFolder();
    for (const file of ["templates/service.yaml", ".helmignore", "Chart.yaml"]) {
      fs.mkdirSync(path.dirname(path.join(other, file)), { recursive: true });
      fs.copyFileSync(path.join(chart, file), path.join(other, file));
    }
    assert.equal(chartDigest(other), chartDigest(chart));
  });

  it("also exists for a chart without .helmignore", () => {
    fs.rmSync(path.join(chart, ".helmignore"));
    const before = chartDigest(chart);
    write("Chart.yaml", "name: shop\nversion: 1.2.4\n");
    assert.notEqual(chartDigest(chart), before);
  });
});

describe("The chart of a Release", () => {
  it("may be an OCI reference with an exact version, which the description names", () => {
    const reference = "oci://registry.example.com/charts/redis";
    assert.deepEqual(releaseChart({ reference, version: "17.17.1" }), {
      chart: reference,
      version: "17.17.1",
      description: "redis 17.17.1",
    });
  });

  it("may be an OCI reference with a digest, whose first 16 digits are part of the description", () => {
    const reference = `oci://registry.example.com/charts/redis@sha256:${"0123456789abcdef".repeat(4)}`;
    assert.deepEqual(releaseChart({ reference, version: "17.17.1" }), {
      chart: reference,
      version: "17.17.1",
      description: "redis 17.17.1 (sha256:0123456789abcdef)",
    });
  });

  it("may be a folder of the project, described by the chart's name, version and digest", () => {
    assert.deepEqual(releaseChart({ reference: "./sandbox/charts/redis", version: "17.17.1" }), {
      chart: "./sandbox/charts/redis",
      version: "17.17.1",
      description: `redis 17.17.1 (${chartDigest("sandbox/charts/redis")})`,
    });
  });

  it("cannot be a folder that does not exist", () => {
    assert.throws(() => releaseChart({ reference: "./no-such-chart", version: "1.0.0" }), /no-such-chart/);
  });

  it("has the name and version of its Chart.yaml", () => {
    const { name, version } = localChart("./chart");
    assert.equal(name, "flask-app");
    assert.match(version, /^\d+\.\d+\.\d+$/);
  });
});
