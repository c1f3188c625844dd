import * as assert from "assert/strict";
import * as fs from "fs";
import * as path from "path";
import { V1Container } from "@kubernetes/client-node";
import { BackupObjects, backupObjects, BackupPod, containersOf, queryAs, startDatabase } from "../helpers/backupPod";
import { documentation, documentedCommand, Laptop } from "../helpers/backupLaptop";
import { describeWith } from "../helpers/describeWith";
import { PostgresqlServer } from "../helpers/postgresqlServer";
import { findRclone, S3Server, startS3 } from "../helpers/s3Server";

const folderInBucket = "flask-prod-postgresql";

describeWith(["postgresql", "gpg", "go"], "the copy of a backup outside the cluster", function () {
  this.timeout(60_000);
  let laptop: Laptop;
  let rclone: string;
  let s3: S3Server;
  let objects: BackupObjects;
  let dump: V1Container;
  let upload: V1Container;
  let source: PostgresqlServer;
  let pod: BackupPod;

  before("create a key, and start an S3 server and a PostgreSQL", async function () {
    // The first run compiles rclone.
    this.timeout(900_000);
    rclone = await findRclone();
    laptop = new Laptop(rclone);
    s3 = await startS3(rclone, laptop.folder);
    const publicKey = await laptop.createKey();
    const copy = { bucket: s3.bucket, credentialsSecret: "backup-bucket", publicKey, endpoint: s3.appendOnlyUrl };
    objects = await backupObjects(copy);
    [dump, upload] = containersOf(objects.backup);
    source = await startDatabase(objects);
    await queryAs(source, "flaskuser", "CREATE TABLE prediction AS SELECT 'setosa' AS label");
    await source.query("SELECT lo_from_bytea(0, 'a large object')", "flaskdb");
  });

  after(async () => {
    await source?.stop();
    await s3?.stop();
    laptop?.remove();
  });

  beforeEach(() => {
    pod = new BackupPod();
  });

  afterEach(() => {
    pod.remove();
    fs.rmSync(path.join(s3.folder, folderInBucket), { recursive: true, force: true });
    s3.refused.length = 0;
  });

  const dumpAndEncrypt = async (container = dump) => {
    const { exitCode, stderr } = await pod.run(container, source);
    assert.deepEqual([exitCode, stderr], [0, ""]);
  };
  const uploadWith = (env: Record<string, string> = {}) =>
    pod.run(upload, source, {
      env: { PATH: `${path.dirname(rclone)}:${process.env.PATH}`, ...s3.credentials, ...env },
    });
  const outgoing = () => fs.readdirSync(path.join(pod.backups, "outgoing"));
  const objectsInBucket = () => {
    const folder = path.join(s3.folder, folderInBucket);
    return fs.existsSync(folder) ? fs.readdirSync(folder) : [];
  };

  it("is the encrypted dump, made by credentials that can only add and list objects", async () => {
    await dumpAndEncrypt();
    const [name] = pod.dumps();
    assert.deepEqual(outgoing(), [`${name}.gpg`]);
    const encrypted = fs.readFileSync(path.join(pod.backups, "outgoing", `${name}.gpg`));
    const { exitCode, stderr } = await uploadWith();
    assert.equal(exitCode, 0, stderr);
    assert.deepEqual(objectsInBucket(), [`${name}.gpg`]);
    assert.ok(fs.readFileSync(path.join(s3.folder, folderInBucket, `${name}.gpg`)).equals(encrypted));
    assert.deepEqual(s3.refused, []);
    // The volume has room for the dumps, which stay there.
    assert.deepEqual([outgoing(), pod.dumps()], [[], [name]]);
  });

  it("can be large: it is then sent in parts", async () => {
    const size = 21 * 2 ** 20;
    fs.mkdirSync(path.join(pod.backups, "outgoing"));
    fs.writeFileSync(path.join(pod.backups, "outgoing/flaskdb.dump.gpg"), Buffer.alloc(size, "x"));
    const { exitCode, stderr } = await uploadWith({ RCLONE_S3_UPLOAD_CUTOFF: "5Mi" });
    assert.equal(exitCode, 0, stderr);
    assert.equal(fs.statSync(path.join(s3.folder, folderInBucket, "flaskdb.dump.gpg")).size, size);
    assert.deepEqual(s3.refused, []);
  });

  it("restores into a new cluster with the commands of the documentation", async () => {
    await dumpAndEncrypt();
    const { exitCode, stderr } = await uploadWith();
    assert.equal(exitCode, 0, stderr);
    const [object] = objectsInBucket();
    await laptop.run(documentedCommand(/rclone copy .*/), s3, object);
    await laptop.run(documentedCommand(/gpg --output .*/), s3, object);

    const target = await startDatabase(objects);
    try {
      const [restore] = containersOf(objects.restore);
      const decrypted = path.join(laptop.folder, "flaskdb.dump");
      const command = /pg_restore [^']*flaskdb\.dump/.exec(documentation)![0];
      fs.copyFileSync(decrypted, path.join(pod.backups, "flaskdb.dump"));
      const restored = await pod.run(restore, target, { command: ["sh", "-c", command] });
      assert.deepEqual([restored.exitCode, restored.stderr], [0, ""]);
      assert.deepEqual(await queryAs(target, "flaskuser", "SELECT label FROM prediction"), [{ label: "setosa" }]);
      const [{ text }] = await queryAs(
        target,
        "flaskuser_backup",
        "SELECT lo_get(oid) AS text FROM pg_largeobject_metadata",
      );
      assert.equal(String(text), "a large object");
    } finally {
      await target.stop();
    }
  });

  it("cannot be decrypted with what the cluster has", async () => {
    await dumpAndEncrypt();
    const file = path.join(pod.backups, "outgoing", outgoing()[0]);
    const { exitCode, stderr } = await pod.run(dump, source, { command: ["gpg", "--batch", "--decrypt", file] });
    assert.equal(exitCode, 2);
    assert.match(stderr, /No secret key/);
  });

  for (const [failure, env, message] of [
    ["the credentials are wrong", { AWS_SECRET_ACCESS_KEY: "wrong" }, /403|SignatureDoesNotMatch|AccessDenied/],
    ["the server does not answer", { RCLONE_S3_ENDPOINT: "http://127.0.0.1:1" }, /connection refused/],
    ["there is no such bucket", { DESTINATION: ":s3:missing/folder/" }, /NoSuchBucket|404/],
  ] as const) {
    it(`fails if ${failure}, so that the Job fails`, async () => {
      await dumpAndEncrypt();
      const once = { RCLONE_RETRIES: "1", RCLONE_RETRIES_SLEEP: "0", RCLONE_LOW_LEVEL_RETRIES: "1" };
      const { exitCode, stderr } = await uploadWith({ ...once, ...env });
      assert.notEqual(exitCode, 0);
      assert.match(stderr, message);
      assert.equal(pod.dumps().length, 1);
    });
  }

  it("fails if the list of the bucket shows less than was sent", async () => {
    await dumpAndEncrypt();
    const programs = path.join(laptop.folder, "programs");
    fs.mkdirSync(programs);
    const cut = `truncate --size=-1 '${path.join(s3.folder, folderInBucket)}'/*`;
    const lossy = `#!/bin/sh\n${rclone} "$@" || exit\n[ "$1" = check ] || ${cut}\n`;
    fs.writeFileSync(path.join(programs, "rclone"), lossy, { mode: 0o755 });
    const { exitCode, stderr } = await uploadWith({ PATH: `${programs}:${process.env.PATH}` });
    assert.equal(exitCode, 1);
    assert.match(stderr, /sizes differ/);
  });

  for (const [fault, key] of [
    ["cannot encrypt", "signOnly"],
    ["has expired", "expired"],
  ] as const) {
    it(`fails if the key ${fault}, and keeps the dump in the volume`, async () => {
      const publicKey = await laptop.createKey(key);
      const [withOther] = containersOf((await backupObjects({ ...copyOf(dump), publicKey })).backup);
      const { exitCode, stderr } = await pod.run(withOther, source);
      assert.notEqual(exitCode, 0);
      assert.match(stderr, /[Uu]nusable public key/);
      assert.deepEqual([outgoing(), pod.dumps().length], [[], 1]);
    });
  }

  it("is documented with the policy that its credentials need", () => {
    const policy = JSON.parse(/```json\n([^`]*)```/.exec(documentation)![1]) as { Statement: { Action: string[] }[] };
    const actions = policy.Statement.flatMap(({ Action }) => Action).sort();
    assert.deepEqual(actions, ["s3:AbortMultipartUpload", "s3:ListBucket", "s3:PutObject"]);
  });

  /** The rest of the copy's config. */
  function copyOf({ name }: V1Container) {
    assert.equal(name, "dump");
    return { bucket: s3.bucket, credentialsSecret: "backup-bucket" };
  }
});
