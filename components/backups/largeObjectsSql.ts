/**
 * SQL for psql, with the variable `backup_role`, which creates the function that lets the backup's role read the large
 * objects of the database: `pg_read_all_data` does not cover them, and only their owners or the superuser can grant it. The
 * backup calls it before each dump. It runs as the superuser and is idempotent.
 *
 * The quotes are `$body$`, because Kubernetes makes one dollar sign of two in a container's command.
 *
 * Nobody else may change the function or what it finds by name: it runs with the superuser's rights.
 */
export const largeObjectsSql = String.raw`
CREATE SCHEMA IF NOT EXISTS flask_app_backup;
-- The app's role could have created it first.
ALTER SCHEMA flask_app_backup OWNER TO CURRENT_USER;
REVOKE ALL ON SCHEMA flask_app_backup FROM PUBLIC;
DROP FUNCTION IF EXISTS flask_app_backup.grant_large_objects();
CREATE FUNCTION flask_app_backup.grant_large_objects() RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
  large_object oid;
BEGIN
  FOR large_object IN
    SELECT object.oid FROM pg_largeobject_metadata AS object WHERE NOT EXISTS (
      SELECT FROM aclexplode(object.lomacl) AS acl JOIN pg_roles AS role ON role.oid = acl.grantee
      WHERE role.rolname = session_user AND acl.privilege_type = 'SELECT')
  LOOP
    EXECUTE format('GRANT SELECT ON LARGE OBJECT %s TO %I', large_object, session_user);
  END LOOP;
END $body$;
REVOKE ALL ON FUNCTION flask_app_backup.grant_large_objects() FROM PUBLIC;
GRANT USAGE ON SCHEMA flask_app_backup TO :"backup_role";
GRANT EXECUTE ON FUNCTION flask_app_backup.grant_large_objects() TO :"backup_role";
`;
