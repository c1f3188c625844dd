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

/**
 * Creates a certificate authority and one certificate of it, for 127.0.0.1 and localhost. Servers and clients use the
 * same certificate. The authority's key is discarded, so nobody can sign another one.
 *
 * @param names Further names of the servers, such as `{ type: "dns", value: "kubernetes" }`.
 */
export async function createCertificates(
  names: x509.JsonGeneralName[] = [],
): Promise<{ ca: string; loopback: CertificatePair }> {
  const webCrypto = crypto.webcrypto as Crypto;
  x509.cryptoProvider.set(webCrypto);
  const generateKeys = () => webCrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const validity = {
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + validDays * 86_400_000),
  };

  const caKeys = await generateKeys();
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

  const keys = await generateKeys();
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
        ...names,
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
