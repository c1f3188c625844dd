import * as crypto from "crypto";
import * as fs from "fs";
import * as http from "http";
import * as https from "https";
import * as net from "net";
import * as path from "path";
import { execa } from "execa";

/** A server on a free port of 127.0.0.1. */
export interface LocalServer {
  /** Address and port, such as `127.0.0.1:40123`. */
  host: string;
  close: () => void;
}

/** Paths of a certificate that signs itself, and of its key. */
export interface Certificate {
  file: string;
  keyFile: string;
}

/** Creates a certificate of 127.0.0.1 in a folder. */
export async function createCertificate(folder: string): Promise<Certificate> {
  const certificate = { file: path.join(folder, "certificate.pem"), keyFile: path.join(folder, "key.pem") };
  await execa("openssl", [
    ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=registry", "-days", "1"],
    ...["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", certificate.keyFile, "-out", certificate.file],
  ]);
  return certificate;
}

/** Serves the files of a folder over HTTP. */
export function serveFolder(folder: string): Promise<LocalServer> {
  return listen((request, response) => {
    const file = path.join(folder, path.basename(request.url ?? ""));
    const found = fs.existsSync(file) && fs.statSync(file).isFile();
    response.writeHead(found ? 200 : 404).end(found ? fs.readFileSync(file) : "");
    return Promise.resolve();
  });
}

/**
 * Serves an OCI registry from memory. It has the part of the distribution specification that a push and a pull need:
 * blobs by digest, and manifests by tag and digest.
 *
 * @param tls Certificate for HTTPS, from {@link createCertificate}; default: HTTP.
 */
export function serveRegistry(tls?: Certificate): Promise<LocalServer> {
  // By path. Manifests have a media type, too.
  const contents = new Map<string, { content: Buffer; type: string }>();
  return listen(async (request, response) => {
    const url = new URL(request.url ?? "", "http://registry");
    const [, name, kind, reference] = /^\/v2\/(.+)\/(blobs|manifests)\/(.+)$/.exec(url.pathname) ?? [];
    const key = (of: string) => `/v2/${name}/${kind}/${of}`;
    const body = await readAll(request);
    if (url.pathname === "/v2/") {
      response.writeHead(200).end();
    } else if (request.method === "POST") {
      response.writeHead(202, { location: `/v2/${name}/blobs/uploads/${crypto.randomUUID()}` }).end();
    } else if (request.method === "PUT") {
      const digest = digestOf(body);
      const wanted = url.searchParams.get("digest") ?? digest;
      if (wanted !== digest) {
        response.writeHead(400).end();
        return;
      }
      const stored = { content: body, type: request.headers["content-type"] ?? "application/octet-stream" };
      contents.set(key(digest), stored);
      if (kind === "manifests") {
        contents.set(key(reference), stored);
      }
      response.writeHead(201, { location: key(digest), "docker-content-digest": digest }).end();
    } else {
      const found = contents.get(url.pathname);
      if (!found) {
        response.writeHead(404).end();
        return;
      }
      response.writeHead(200, {
        "content-type": found.type,
        "content-length": found.content.length,
        "docker-content-digest": digestOf(found.content),
      });
      response.end(request.method === "HEAD" ? undefined : found.content);
    }
  }, tls);
}

async function listen(
  answer: (request: http.IncomingMessage, response: http.ServerResponse) => Promise<void>,
  tls?: Certificate,
): Promise<LocalServer> {
  const listener: http.RequestListener = (request, response) => {
    answer(request, response).catch((error: Error) => response.writeHead(500).end(error.message));
  };
  const server = tls
    ? https.createServer({ cert: fs.readFileSync(tls.file), key: fs.readFileSync(tls.keyFile) }, listener)
    : http.createServer(listener);
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
  return {
    host: `127.0.0.1:${(server.address() as net.AddressInfo).port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function readAll(request: http.IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) {
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

function digestOf(content: Buffer): string {
  return `sha256:${crypto.createHash("sha256").update(content).digest("hex")}`;
}
