import * as fs from "fs";
import * as path from "path";
import { execa } from "execa";
import { findHelm } from "../../tools/lib/helm";

/** Environment in which Helm keeps its repositories, caches and logins in a folder, apart from the user's. */
export function helmHome(folder: string): Record<string, string> {
  return {
    HELM_CONFIG_HOME: path.join(folder, "config"),
    HELM_CACHE_HOME: path.join(folder, "cache"),
    HELM_DATA_HOME: path.join(folder, "data"),
  };
}

/** Runs Helm in a folder that is also its home. `all` is everything it prints, messages included. */
export async function helmIn(folder: string, args: string[]): Promise<{ stdout: string; all: string }> {
  return execa(await findHelm(), args, {
    cwd: folder,
    env: helmHome(folder),
    stdin: "ignore",
    all: true,
    timeout: 60_000,
  });
}

/** A key pair that only a test trusts. */
export interface TestKey {
  /** Part of its user id. */
  name: string;
  passphrase: string;
  passphraseFile: string;
  /** Files that `gpg --export-secret-keys` and `gpg --export` write. */
  secretKeyring: string;
  publicKeyring: string;
  /** Folder in which gpg keeps it. */
  gnupgHome: string;
  /** Stops gpg's agent. The files stay. */
  forget: () => Promise<unknown>;
}

/**
 * Creates a key pair.
 *
 * @param folder Folder of its files. The agent's socket needs a path of at most about 80 characters.
 * @param passphrase Protects the secret key; empty: nothing does.
 */
export async function makeKey(folder: string, passphrase = ""): Promise<TestKey> {
  const key = {
    name: "Chart Test",
    passphrase,
    passphraseFile: path.join(folder, "passphrase"),
    secretKeyring: path.join(folder, "secring.gpg"),
    publicKeyring: path.join(folder, "pubring.gpg"),
    gnupgHome: path.join(folder, "gnupg"),
  };
  fs.mkdirSync(key.gnupgHome, { mode: 0o700 });
  fs.writeFileSync(key.passphraseFile, `${passphrase}\n`, { mode: 0o600 });
  const env = { GNUPGHOME: key.gnupgHome };
  const gpg = (args: string[]) =>
    execa(
      "gpg",
      ["--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase-file", key.passphraseFile, ...args],
      { env },
    );
  await gpg(["--quick-generate-key", `${key.name} <chart@example.com>`, "rsa2048", "sign", "never"]);
  await gpg(["--output", key.secretKeyring, "--export-secret-keys"]);
  await gpg(["--output", key.publicKeyring, "--export"]);
  return { ...key, forget: () => execa("gpgconf", ["--kill", "all"], { env, reject: false }) };
}
