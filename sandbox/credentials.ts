import * as crypto from "crypto";
import * as fs from "fs";
import * as path from "path";
import * as k8s from "@kubernetes/client-node";
import { kubeconfigFile, stateFolder } from "../tools/lib/paths";
import { createCertificates } from "./certificates";
import { apiServiceAddress, nodeAddress } from "./node/addresses";

/** Paths of the sandbox's credentials, all with mode 0600. */
export interface Credentials {
  /** Certificate of the authority. */
  ca: string;
  /** Certificate that every server and client of the sandbox uses, and its key. */
  certificate: string;
  key: string;
  /** Key that signs the tokens of service accounts. */
  signingKey: string;
  /** The API server's static tokens: https://kubernetes.io/docs/reference/access-authn-authz/authentication/. */
  tokens: string;
}

/**
 * Writes new credentials and the kubeconfig.
 *
 * @param server URL of the API server.
 */
export async function writeCredentials(server: string): Promise<Credentials> {
  const { ca, loopback } = await createCertificates([
    { type: "ip", value: nodeAddress },
    { type: "ip", value: apiServiceAddress },
    { type: "dns", value: "kubernetes.default.svc" },
  ]);
  const token = crypto.randomBytes(32).toString("hex");
  const { privateKey } = crypto.generateKeyPairSync("rsa", { modulusLength: 2048 });
  const config = new k8s.KubeConfig();
  config.loadFromOptions({
    clusters: [{ name: "sandbox", server, caData: Buffer.from(ca).toString("base64") }],
    users: [{ name: "sandbox", token }],
    contexts: [{ name: "sandbox", cluster: "sandbox", user: "sandbox" }],
    currentContext: "sandbox",
  });
  const write = (name: string, content: string) => {
    const file = path.join(stateFolder, name);
    fs.writeFileSync(file, content, { mode: 0o600 });
    return file;
  };
  write(path.basename(kubeconfigFile), config.exportConfig());
  return {
    ca: write("ca.pem", ca),
    certificate: write("loopback.pem", loopback.certificate),
    key: write("loopback-key.pem", loopback.key),
    signingKey: write("service-account-key.pem", privateKey.export({ type: "pkcs8", format: "pem" }).toString()),
    tokens: write("tokens.csv", `${token},sandbox,sandbox,system:masters\n`),
  };
}
