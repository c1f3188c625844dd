import * as fs from "fs";
import * as path from "path";
import { stateFolder } from "../tools/lib/paths";
import { UserError } from "../tools/lib/userError";

/** The file that marks the folder as the sandbox's own. */
const marker = path.join(stateFolder, ".flask-app-sandbox");

/**
 * Refuses a folder with files that are not the sandbox's. The sandbox would write among them, and `npm stop` would end
 * the processes that its `.pid` files name, and delete it.
 *
 * @throws {UserError} If the folder has files but no marker, or is a file.
 */
export function checkStateFolder(): void {
  if (fs.existsSync(stateFolder) && !isMarked() && !isEmptyFolder()) {
    throw new UserError(
      `${stateFolder} is not a folder of the sandbox: the file ${path.basename(marker)}, which marks one, is missing. ` +
        "So nothing was changed or deleted. Set FLASK_APP_SANDBOX to a new or empty folder. If an older version of " +
        "this project created that folder, end its processes and delete it yourself.",
    );
  }
}

/**
 * Creates the folder with its marker. Only its owner can enter it.
 *
 * @throws {UserError} See {@link checkStateFolder}.
 */
export function createStateFolder(): void {
  checkStateFolder();
  fs.mkdirSync(stateFolder, { recursive: true, mode: 0o700 });
  fs.chmodSync(stateFolder, 0o700);
  fs.writeFileSync(marker, "`npm stop` deletes this folder, because this file is in it.\n");
}

/**
 * Deletes the folder with everything in it, if it carries the marker.
 *
 * @returns Whether it did.
 */
export function removeStateFolder(): boolean {
  const isOurs = isMarked();
  if (isOurs) {
    fs.rmSync(stateFolder, { recursive: true, force: true });
  }
  return isOurs;
}

function isMarked(): boolean {
  return fs.existsSync(marker);
}

function isEmptyFolder(): boolean {
  return fs.statSync(stateFolder).isDirectory() && fs.readdirSync(stateFolder).length === 0;
}
