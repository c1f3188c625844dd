import * as fs from "fs";
import * as path from "path";
import { execa, execaSync } from "execa";
import { findTool } from "../../tools/lib/binaries";

/** Environment in which Helm keeps its repositories, caches and logins in a folder, not where the user's are. */
export function helmHome(folder: string): Record<string, string> {
  return {
    HELM_CONFIG_HOME: path.join(folder, "config"),
    HELM_CACHE_HOME: path.join(folder, "cache"),
    HELM_DATA_HOME: path.join(folder, "data"),
  };
}

/** Runs Helm with a home of its own, in the folder that holds it. `all` is what it prints, messages included. */
export async function helmIn(folder: string, args: string[]): Promise<{ stdout: string; all: string }> {
  const binary = (await findTool("helm"))!;
  return execa(binary, args, { cwd: folder, env: helmHome(folder), stdin: "ignore", all: true, timeout: 60_000 });
}

/** Whether keys can be made here. */
export function hasGpg(): boolean {
  return execaSync("gpg", ["--version"], { reject: false }).exitCode === 0;
}

/** A key pair that nothing but a test trusts. */
export interface TestKey {
  /** Part of its user id. */
  name: string;
  passphrase: string;
  passphraseFile: string;
  /** As `gpg --export-secret-keys` and `gpg --export` write them. */
  secretKeyring: string;
  publicKeyring: string;
  /** Where gpg has it. */
  gnupgHome: string;
  /** Ends gpg's agent; the files stay. */
  forget: () => Promise<unknown>;
}

/**
 * Makes a key pair.
 *
 * @param folder Where all its files go. A path of more than about 80 characters is too long for the agent's socket.
 * @param passphrase Protects it; empty: nothing does.
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
