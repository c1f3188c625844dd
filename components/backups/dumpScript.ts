import { waitForServer } from "../waitForServer";

/**
 * Lets the backup's role read the large objects that exist now: `pg_read_all_data` does not cover them. The function that
 * grants this belongs to the superuser. It is called only if its schema does, too: otherwise the database's owner could
 * replace it with code that runs as the backup's role.
 */
const readLargeObjects = `
SET search_path = '';
SELECT count(*) > 0 AS granted FROM pg_proc AS f
  JOIN pg_namespace AS s ON s.oid = f.pronamespace
  JOIN pg_roles AS f_owner ON f_owner.oid = f.proowner
  JOIN pg_roles AS s_owner ON s_owner.oid = s.nspowner
  WHERE s.nspname = 'flask_app_backup' AND f.proname = 'grant_large_objects' AND f.pronargs = 0
    AND f_owner.rolsuper AND s_owner.rolsuper \\gset
\\if :granted
BEGIN READ WRITE;
SELECT flask_app_backup.grant_large_objects() \\g /dev/null
COMMIT;
\\else
DO $body$ BEGIN
  IF EXISTS (SELECT FROM pg_largeobject_metadata) THEN
    RAISE EXCEPTION 'the backup''s role cannot read the large objects of this database'
      USING HINT = 'docs/backups.md says how to let it ("Large objects").';
  END IF;
END $body$;
\\endif`;

/**
 * Dumps `$PGDATABASE` into the folder `$BACKUP_DIR` and then deletes dumps that are older than `$KEEP_DAYS` days. As long as
 * no dump succeeds, none is deleted. A file counts as a dump only after `pg_restore` has read all of it: until then its name
 * ends in `.partial`.
 */
export const dumpScript = `set -eu
umask 077
cd "$BACKUP_DIR"
started=$(date +%s)
lap() {
  now=$(date +%s)
  echo "$1 in $((now - started)) s"
  started=$now
}
${waitForServer}
# Left over from pods that were killed.
find . -maxdepth 1 -name '*.partial' -mmin +60 -exec rm -f {} +
dump="$PGDATABASE-$(date -u +%Y-%m-%dT%H-%M-%SZ).dump"
trap 'rm -f "$dump.partial"' EXIT
psql --no-psqlrc --quiet --no-password --set=ON_ERROR_STOP=1 <<'SQL'${readLargeObjects}
SQL
# Wait at most ten minutes for a lock: a dump that waits longer would hold up every later one.
pg_dump --format=custom --no-password --lock-wait-timeout=600000 --file="$dump.partial"
lap "dumped $PGDATABASE"
pg_restore --file=/dev/null "$dump.partial"
sync "$dump.partial"
mv "$dump.partial" "$dump"
lap "verified $dump: $(stat -c %s "$dump") bytes"
find . -maxdepth 1 -name "$PGDATABASE-*.dump" -mtime +$((KEEP_DAYS - 1)) -exec rm -f {} +
`;

/**
 * Appended to {@link dumpScript}: encrypts the new dump into the folder `outgoing`, with the OpenPGP key `$PUBLIC_KEY`. Only
 * the owner of the private key can read the copy, and the cluster does not have that key.
 */
export const encryptScript = `mkdir -p outgoing
rm -f outgoing/*
trap 'rm -f outgoing/*' EXIT
mkdir -p -m 700 "$GNUPGHOME"
printf '%s\\n' "$PUBLIC_KEY" > "$GNUPGHOME/public-key.asc"
# The dump is compressed already.
gpg --batch --quiet --trust-model always --compress-algo none \\
  --recipient-file "$GNUPGHOME/public-key.asc" --output "outgoing/$dump.gpg" --encrypt "$dump"
trap - EXIT
lap "encrypted outgoing/$dump.gpg: $(stat -c %s "outgoing/$dump.gpg") bytes"
`;

/**
 * Copies the encrypted dump from `$OUTGOING_DIR` to the bucket, and checks in the bucket's list that all of it is there. It
 * never reads or overwrites an object, so credentials that can only add and list objects are enough.
 */
export const uploadScript = `set -eu
rclone copy --immutable "$OUTGOING_DIR" "$DESTINATION"
rclone check --one-way --size-only "$OUTGOING_DIR" "$DESTINATION"
rm -f "$OUTGOING_DIR"/*
`;
