import * as crypto from "crypto";
import * as fs from "fs";
import * as path from "path";
import * as k8s from "@kubernetes/client-node";
import { kubeconfigFile, stateFolder } from "../tools/lib/paths";

/** The API server writes its certificate and key here, and the certificate of the authority that signed it. */
export const certificateFolder = path.join(stateFolder, "apiserver");
/** The API server's own certificate and that of its authority. The authority's key is discarded. */
export const authorityFile = path.join(certificateFolder, "apiserver.crt");

/** Name of the context in the sandbox's kubeconfig. */
export const sandboxContext = "sandbox";

/** Paths of the sandbox's credentials, all with mode 0600. */
export interface Credentials {
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
export function writeCredentials(server: string): Credentials {
  const token = crypto.randomBytes(32).toString("hex");
  const { privateKey } = crypto.generateKeyPairSync("rsa", { modulusLength: 2048 });
  const config = new k8s.KubeConfig();
  config.loadFromOptions({
    // The certificate of a server that listens on every address does not name 127.0.0.1.
    clusters: [{ name: "sandbox", server, caFile: authorityFile, tlsServerName: "kubernetes" }],
    users: [{ name: "sandbox", token }],
    contexts: [{ name: sandboxContext, cluster: "sandbox", user: "sandbox" }],
    currentContext: sandboxContext,
  });
  const write = (name: string, content: string) => {
    const file = path.join(stateFolder, name);
    fs.writeFileSync(file, content, { mode: 0o600 });
    return file;
  };
  write(path.basename(kubeconfigFile), config.exportConfig());
  return {
    signingKey: write("service-account-key.pem", privateKey.export({ type: "pkcs8", format: "pem" }).toString()),
    tokens: write("tokens.csv", `${token},sandbox,sandbox,system:masters\n`),
  };
}
