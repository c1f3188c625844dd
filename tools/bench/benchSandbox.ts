import * as fs from "fs";
import * as os from "os";
import * as path from "path";

// `npm run bench` gets a sandbox of its own, apart from the one that `npm start` may have running. cli.ts imports this
// file first, because tools/lib/paths.ts reads the variable when it is loaded.
if (process.argv[2] === "bench") {
  process.env.FLASK_APP_SANDBOX ??= fs.mkdtempSync(path.join(os.tmpdir(), "flask-app-bench-"));
  // The rows are of a cluster whose pods are ready at once.
  process.env.FLASK_APP_NODE ??= "kwok";
}
