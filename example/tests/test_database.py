"""The migrations, and the command that deletes old predictions."""

import subprocess
import threading
import time

import pytest
from conftest import flask_db
from flask import Flask
from flaskml import retention
from flaskml.config import Config
from flaskml.database import Prediction, db
from sqlalchemy import inspect, text


def row(days: int = 0) -> Prediction:
    """A logged prediction of some days ago."""
    return Prediction(
        model_version="1.0.0",
        instance={},
        label="setosa",
        cached=False,
        created_at=db.session.scalar(text("SELECT now() - make_interval(days => :days)"), {"days": days}),
    )


def test_migrations_go_back_and_forth_and_create_what_the_app_maps(app: Flask, config: Config) -> None:
    db.session.rollback()
    flask_db(config, "downgrade", "base")
    assert not inspect(db.engine).has_table("predictions")
    flask_db(config, "upgrade")
    flask_db(config, "check")


def test_a_migration_keeps_the_rows(app: Flask, config: Config) -> None:
    db.session.add(row())
    db.session.commit()
    before = db.session.scalar(db.select(Prediction.id))
    db.session.rollback()
    flask_db(config, "downgrade", "0001")
    flask_db(config, "upgrade")
    assert db.session.scalar(db.select(Prediction.id)) == before


def test_ids_have_64_bits(app: Flask) -> None:
    db.session.execute(text("SELECT setval('predictions_id_seq', 2147483647)"))
    try:
        db.session.add(row())
        db.session.commit()
        assert db.session.scalar(db.select(Prediction.id)) == 2**31
    finally:
        db.session.rollback()
        db.session.execute(text("SELECT setval('predictions_id_seq', 1)"))
        db.session.commit()


def test_a_migration_may_take_longer_than_a_statement_of_the_app(app: Flask, config: Config) -> None:
    assert db.session.scalar(text("SHOW statement_timeout")) == "2s"
    db.session.rollback()
    flask_db(config, "downgrade", "0001")
    # The migration waits for this lock as long as it would work on a large table.
    holder = db.engine.connect()
    holder.execute(text("LOCK TABLE predictions"))
    release = threading.Timer(4, holder.close)
    release.start()
    begun = time.monotonic()
    flask_db(config, "upgrade")
    assert time.monotonic() - begun > 3
    release.join()


def test_a_migration_does_not_wait_for_a_lock_for_long(app: Flask, config: Config) -> None:
    flask_db(config, "downgrade", "0001")
    try:
        with db.engine.connect() as holder:
            holder.execute(text("LOCK TABLE predictions"))
            with pytest.raises(subprocess.CalledProcessError) as failure:
                flask_db(config, "upgrade")
        assert "LockNotAvailable" in failure.value.stderr
    finally:
        flask_db(config, "upgrade")


def test_only_old_predictions_are_deleted(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    db.session.add_all([*[row(days=91) for _ in range(5)], row(days=89), row()])
    db.session.commit()
    answer = app.test_cli_runner().invoke(args=["delete-old-predictions"])
    assert answer.output == "Deleted 5 predictions older than 90 days.\n"
    assert db.session.scalar(text("SELECT count(*) FROM predictions")) == 2
    answer = app.test_cli_runner().invoke(args=["delete-old-predictions", "--days", "30"])
    assert answer.output == "Deleted 1 predictions older than 30 days.\n"
    assert app.test_cli_runner().invoke(args=["delete-old-predictions", "--days", "0"]).exit_code == 2
    assert db.session.scalar(text("SELECT count(*) FROM predictions")) == 1
