import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import { execa } from "execa";
import { projectFolder } from "../../tools/lib/paths";
import { S3Server } from "./s3Server";

/** A bucket, and how to reach it. */
export type Bucket = Pick<S3Server, "url" | "bucket" | "credentials">;

/** docs/backups.md. */
export const documentation = fs.readFileSync(path.join(projectFolder, "docs/backups.md"), "utf8");

/** The first text in docs/backups.md that matches. */
export function documentedCommand(command: RegExp): string {
  return command.exec(documentation)![0];
}

/** The computer outside the cluster that has the private key. Its folder is temporary. */
export class Laptop {
  readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), "flask-app-laptop-"));
  private readonly environment = { GNUPGHOME: path.join(this.folder, "gnupg") };

  /** @param rclone Path of rclone. */
  constructor(private readonly rclone: string) {
    fs.mkdirSync(this.environment.GNUPGHOME, { mode: 0o700 });
  }

  /** Creates a key pair that backups can use, unless it shall have a fault. Returns the public key. */
  async createKey(fault?: "signOnly" | "expired"): Promise<string> {
    const id = `${fault ?? "backups"}@example.com`;
    const options = ["--batch", "--quiet", "--pinentry-mode=loopback", "--passphrase="];
    const time = fault === "expired" ? ["--faked-system-time=20200101T000000!"] : [];
    const [algorithm, usage] = fault === "signOnly" ? ["ed25519", "sign"] : ["future-default", "default"];
    const expires = fault === "expired" ? "1d" : "never";
    const run = (args: string[]) => execa("gpg", args, { env: this.environment });
    await run([...options, ...time, "--quick-generate-key", id, algorithm, usage, expires]);
    return (await run(["--armor", "--export", id])).stdout;
  }

  /**
   * Runs a command of the documentation in its folder.
   *
   * @param s3 Replaces the bucket in the command.
   * @param object Name of the copy, which replaces the one in the command.
   */
  async run(command: string, s3: Bucket, object: string): Promise<void> {
    const here = command.replaceAll("company-backups", s3.bucket).replaceAll(/flaskdb-2\S*\.gpg/g, object);
    await execa("sh", ["-ec", here], {
      cwd: this.folder,
      env: {
        ...this.environment,
        ...s3.credentials,
        PATH: `${path.dirname(this.rclone)}:${process.env.PATH}`,
        RCLONE_S3_ENDPOINT: s3.url,
        RCLONE_S3_PROVIDER: "Other",
        RCLONE_S3_ENV_AUTH: "true",
      },
    });
  }

  /** Deletes its folder, and the key. */
  remove(): void {
    fs.rmSync(this.folder, { recursive: true });
  }
}
