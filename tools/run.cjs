// Every npm script that needs packages starts here. If node_modules does not hold the packages of package-lock.json, it
// installs them. Then it runs `mocha` or `tsc`, or a command of cli.ts, in this process.
const { spawnSync } = require("child_process");
const fs = require("fs");
const path = require("path");

const project = path.join(__dirname, "..");
const programs = { mocha: "mocha/bin/mocha.js", tsc: "typescript/bin/tsc" };

/** The packages of a lockfile, by folder; empty if the file does not exist. */
function packagesOf(lockfile) {
  const file = path.join(project, lockfile);
  return fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, "utf8")).packages : {};
}

/** Whether the right packages are installed. `npm ls` reports the same, but takes as long as most commands here. */
function areInstalled() {
  const { "": root, ...wanted } = packagesOf("package-lock.json");
  // npm keeps a list of what it has installed.
  const installed = packagesOf("node_modules/.package-lock.json");
  return Object.entries(wanted).every(([folder, { version, optional }]) =>
    // Optional packages that are missing are those of other operating systems.
    installed[folder] ? installed[folder].version === version && fs.existsSync(path.join(project, folder)) : optional,
  );
}

if (!areInstalled()) {
  console.error("Installing the npm packages");
  const { status } = spawnSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], {
    cwd: project,
    // stdout is for what the command prints.
    stdio: ["inherit", 2, 2],
  });
  if (status !== 0) {
    process.exit(status ?? 1);
  }
}
require("ts-node/register");
const [command] = process.argv.slice(2);
if (command in programs) {
  process.argv.splice(2, 1);
}
require(programs[command] ?? "./cli.ts");
