import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import { execa } from "execa";

/** Files in PEM format with a server's certificate. */
export interface ServerCertificate {
  folder: string;
  /** Certificate of the CA that signed it. */
  ca: string;
  certificate: string;
  key: string;
}

/**
 * Creates a CA and the certificate of a server, with OpenSSL, in a folder of their own.
 *
 * @param name DNS name of the server.
 * @param owner Who may read the key; default: this user.
 */
export async function createCertificate(
  name: string,
  owner?: { uid: number; gid: number },
): Promise<ServerCertificate> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "flask-app-certificates-"));
  const run = (...args: string[]) => execa("openssl", args, { cwd: folder });
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  await run("req", "-x509", ...newKey, "-keyout", "ca.key", "-out", "ca.crt", "-days", "1", "-subj", "/CN=test CA");
  await run("req", ...newKey, "-keyout", "server.key", "-out", "server.csr", "-subj", `/CN=${name}`);
  fs.writeFileSync(path.join(folder, "names"), `subjectAltName=DNS:${name}`);
  const signed = ["-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", "1", "-extfile", "names"];
  await run("x509", "-req", "-in", "server.csr", "-out", "server.crt", ...signed);
  const [ca, certificate, key] = ["ca.crt", "server.crt", "server.key"].map((file) => path.join(folder, file));
  if (owner) {
    [folder, ca, certificate, key].forEach((file) => fs.chownSync(file, owner.uid, owner.gid));
  }
  return { folder, ca, certificate, key };
}
