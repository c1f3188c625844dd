// Installs the npm packages if those in node_modules are not the ones that package-lock.json names. `npm ls` tells the
// same, in as long as most commands here take.
const { spawnSync } = require("child_process");
const fs = require("fs");
const path = require("path");

const project = path.join(__dirname, "../..");

/** The packages that a lockfile names, by their folders; none if there is no such file. */
function packagesOf(lockfile) {
  const file = path.join(project, lockfile);
  return fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, "utf8")).packages : {};
}

// npm keeps in the latter what it has installed.
const { "": root, ...wanted } = packagesOf("package-lock.json");
const installed = packagesOf("node_modules/.package-lock.json");
const isThere = ([folder, { version, optional }]) =>
  // Optional ones are those of other operating systems.
  installed[folder] ? installed[folder].version === version && fs.existsSync(path.join(project, folder)) : optional;

if (!Object.entries(wanted).every(isThere)) {
  console.log("Installing the npm packages");
  process.exitCode =
    spawnSync("npm", ["ci", "--no-audit", "--no-fund"], { cwd: project, stdio: "inherit" }).status ?? 1;
}
