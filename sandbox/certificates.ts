import "reflect-metadata";
import * as crypto from "crypto";
import * as x509 from "@peculiar/x509";

/** A certificate and its key, both PEM. */
export interface CertificatePair {
  certificate: string;
  key: string;
}

const algorithm = { name: "ECDSA", namedCurve: "P-256" };
const validDays = 365;

/** Another name of a server: `{ type: "dns", value: "kubernetes" }`. */
export type ServerName = x509.JsonGeneralName;

/**
 * Makes a certificate authority and one certificate for 127.0.0.1 and localhost that it signed, which serves as a
 * server's and as a client's. The authority's key is not kept: nobody can sign another certificate.
 *
 * @param others Other names that the server has.
 */
export async function makeCertificates(others: ServerName[] = []): Promise<{ ca: string; loopback: CertificatePair }> {
  const webCrypto = crypto.webcrypto as Crypto;
  x509.cryptoProvider.set(webCrypto);
  const makeKeys = () => webCrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const validity = {
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + validDays * 86_400_000),
  };

  const caKeys = await makeKeys();
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=flask-app sandbox CA",
    keys: caKeys,
    signingAlgorithm: algorithm,
    ...validity,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(caKeys.publicKey),
    ],
  });

  const keys = await makeKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    subject: "CN=flask-app sandbox",
    issuer: ca.subject,
    publicKey: keys.publicKey,
    signingKey: caKeys.privateKey,
    signingAlgorithm: algorithm,
    ...validity,
    extensions: [
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
      new x509.SubjectAlternativeNameExtension([
        { type: "ip", value: "127.0.0.1" },
        { type: "dns", value: "localhost" },
        ...others,
      ]),
      await x509.AuthorityKeyIdentifierExtension.create(caKeys.publicKey),
    ],
  });
  const key = await webCrypto.subtle.exportKey("pkcs8", keys.privateKey);
  return {
    ca: ca.toString("pem"),
    loopback: { certificate: certificate.toString("pem"), key: x509.PemConverter.encode(key, "PRIVATE KEY") },
  };
}

/** Makes the RSA key, PEM, that signs service account tokens. */
export function makeSigningKey(): string {
  const { privateKey } = crypto.generateKeyPairSync("rsa", { modulusLength: 2048 });
  return privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}
