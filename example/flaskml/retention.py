"""`flask delete-old-predictions`: keeps the log of predictions from growing forever."""

import click
from flask.cli import with_appcontext
from sqlalchemy import text

from .database import db

#: Rows per transaction. Few enough for the app's time limit for statements, and to hold locks only briefly.
BATCH = 5000


@click.command("delete-old-predictions")
@click.option("--days", type=click.IntRange(1, 36500), default=90, show_default=True, help="Age of the rows to delete.")
@with_appcontext
def delete_old_predictions(days: int) -> None:
    """Deletes logged predictions that are older than some days."""
    deleted = 0
    while True:
        batch = db.session.execute(
            text(
                "DELETE FROM predictions WHERE id IN (SELECT id FROM predictions "
                "WHERE created_at < now() - make_interval(days => :days) ORDER BY created_at LIMIT :batch)"
            ),
            {"days": days, "batch": BATCH},
        ).rowcount
        db.session.commit()
        deleted += batch
        if batch < BATCH:
            break
    click.echo(f"Deleted {deleted} predictions older than {days} days.")
