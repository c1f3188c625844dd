import * as path from "path";
import { projectFolder } from "../lib/paths";
import { UserError } from "../lib/userError";
import { indexPackages, packageChart, pushPackage, SigningKey } from "./chartPackage";

interface PackageOptions {
  destination?: string;
  sign?: boolean;
  key?: string;
  keyring?: string;
  passphraseFile?: string;
}

/** `npm run package`: packages the chart, and signs the package if that is asked for. */
export async function makePackage({ destination, ...options }: PackageOptions): Promise<void> {
  const key = signingKey(options);
  const file = relative(await packageChart({ destination, key }));
  console.log(key ? `Packaged, signed and verified: ${file} and its .prov` : `Packaged: ${file}`);
}

/** `npm run index`: writes the index of the chart repository in dist/. */
export async function index(options: { url?: string; merge?: string }): Promise<void> {
  console.log(`Indexed: ${relative(await indexPackages(options))}`);
}

/** `npm run push`: pushes the package to an OCI registry. */
export async function push(registry: string, options: { plainHttp?: boolean }): Promise<void> {
  console.log(await pushPackage(registry, options));
}

function signingKey({ sign, key, keyring, passphraseFile }: PackageOptions): SigningKey | undefined {
  if (!sign) {
    if (key ?? keyring ?? passphraseFile) {
      throw new UserError("--key, --keyring and --passphrase-file need --sign.");
    }
    return undefined;
  }
  if (!key || !keyring) {
    throw new UserError("--sign needs --key NAME and --keyring FILE.");
  }
  return { name: key, keyring, passphraseFile };
}

function relative(file: string): string {
  return path.relative(projectFolder, file);
}
