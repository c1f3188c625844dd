"""Connects Alembic to the database, like the app, but with time limits for migrations."""

from alembic import context
from flask import current_app

# Less than the chart gives the migration's Job (migration.activeDeadlineSeconds), so the Job's log says what took too long.
STATEMENT_TIMEOUT = "4min"
# While a migration waits for a lock, the app's statements wait behind it.
LOCK_TIMEOUT = "10s"

database = current_app.extensions["migrate"].db

with database.engine.connect() as connection:
    connection.exec_driver_sql(f"SET statement_timeout = '{STATEMENT_TIMEOUT}'; SET lock_timeout = '{LOCK_TIMEOUT}'")
    # Otherwise Alembic would leave the migration in the transaction of these settings, and not commit it.
    connection.commit()
    context.configure(connection=connection, target_metadata=database.metadata)
    with context.begin_transaction():
        context.run_migrations()
