import * as fs from "fs";
import * as os from "os";
import * as path from "path";

// A sandbox of its own, beside the one that `npm start` may have running. Set before sandbox/paths.ts is read.
process.env.FLASK_APP_SANDBOX ??= fs.mkdtempSync(path.join(os.tmpdir(), "flask-app-bench-"));
// The rows are of a cluster whose pods are ready at once.
process.env.FLASK_APP_NODE ??= "kwok";
