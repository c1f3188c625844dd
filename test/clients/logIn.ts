import * as path from "path";
import { execa } from "execa";
import { pythonWithPackages } from "../helpers/python";

/**
 * Logs in with a Python library.
 *
 * @param library See `CLIENTS` in logIn.py.
 * @param env More environment variables.
 * @returns What the server answers to each URL, or the library's error.
 */
export async function logIn(library: string, urls: string[], env?: NodeJS.ProcessEnv): Promise<unknown[]> {
  const python = await pythonWithPackages("python", [path.join(__dirname, "requirements.txt")]);
  const input = JSON.stringify(urls.map((url) => [library, url]));
  const { stdout } = await execa(python, [path.join(__dirname, "logIn.py")], { input, env });
  return JSON.parse(stdout) as unknown[];
}
