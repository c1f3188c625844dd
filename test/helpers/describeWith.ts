import { execaSync } from "execa";
import { missingForRealNode } from "../../sandbox/node/requirements";
import { postgresqlTools } from "./postgresqlServer";
import { hasPython, hasPythonOfExample } from "./python";

/** What some tests need and a machine may not have: how to look for it, what to say if it is missing, how to get it. */
const needs = {
  pulumi: program("pulumi", "see https://www.pulumi.com/docs/install/"),
  go: program("go", "see https://go.dev/doc/install"),
  checkov: program("checkov", "run `pip install checkov==3.3.30`"),
  gpg: program("gpg", "install your system's package gnupg"),
  openssl: program("openssl", "install your system's package openssl"),
  promtool: program("promtool", "install it from https://prometheus.io/download/, or from Debian's package prometheus"),
  "redis-server": program("redis-server", "install your system's package redis-server"),
  postgresql: {
    found: () => postgresqlTools !== undefined,
    missing: "no PostgreSQL server in /usr/lib/postgresql",
    get: "install Debian's package postgresql",
  },
  python: {
    found: () => hasPython,
    missing: "no python3 with venv on PATH",
    get: "install Debian's packages python3 and python3-venv",
  },
  "python 3.11": {
    found: () => hasPythonOfExample,
    missing: "no python3 of version 3.11 or newer with venv on PATH",
    get: "install Debian's packages python3 and python3-venv",
  },
  "root on Linux": {
    found: () => process.platform === "linux" && process.getuid?.() === 0,
    missing: "this user is not root on Linux",
    get: "run the tests as root on Linux",
  },
};

/** Name of a thing that some tests need. */
export type Need = keyof typeof needs;

/** Whether this machine has what a test needs. */
export function has(need: Need): boolean {
  return needs[need].found();
}

/** Runs a suite where this machine has what it needs. Elsewhere its one pending test says what is missing. */
export function describeWith(need: Need | Need[], title: string, body: (this: Mocha.Suite) => void): void {
  const reason = reasonToSkip(need);
  describe(
    title,
    reason === undefined
      ? body
      : () => {
          it(reason);
        },
  );
}

/** Runs a test where this machine has what it needs. Elsewhere it is pending, and its title says what is missing. */
export function itWith(need: Need | Need[], title: string, test: Mocha.AsyncFunc): void {
  const reason = reasonToSkip(need);
  it(reason === undefined ? title : `${title} (${reason})`, reason === undefined ? test : undefined);
}

/** Runs a suite where this machine can run a real node. Elsewhere its tests are pending, and one line says what is missing. */
export function describeOnRealNode(title: string, body: (this: Mocha.Suite) => void): void {
  describe(title, function () {
    before("what a real node needs", async function () {
      const missing = await missingForRealNode();
      if (missing.length > 0) {
        console.log(`    ${skipped("this machine cannot run a real node", missing.join("; "))}`);
        this.skip();
      }
    });
    body.call(this);
  });
}

function reasonToSkip(need: Need | Need[]): string | undefined {
  const missing = [need].flat().filter((name) => !has(name));
  return missing.length > 0
    ? missing.map((name) => skipped(needs[name].missing, needs[name].get)).join("; ")
    : undefined;
}

function skipped(missing: string, get: string): string {
  return `skipped: ${missing}; to run this, ${get}`;
}

function program(name: string, get: string) {
  const flag = ["go", "openssl", "pulumi"].includes(name) ? "version" : "--version";
  return {
    found: () => execaSync(name, [flag], { reject: false }).exitCode === 0,
    missing: `${name} is not on PATH`,
    get,
  };
}
