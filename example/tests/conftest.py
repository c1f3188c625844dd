"""Fixtures: a migrated PostgreSQL, a Redis and a trained model. DATABASE_URL and REDIS_URL name the servers."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import redis
from flask import Flask
from flask.testing import FlaskClient
from flaskml import create_app
from flaskml.config import Config
from flaskml.database import Base, db
from flaskml.train import train

EXAMPLE = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """The production config, with a model that was trained for the tests."""
    model = tmp_path_factory.mktemp("model") / "model.joblib"
    train(model)
    sha256 = model.with_name("model.joblib.sha256").read_text()
    config = Config.from_environment({**os.environ, "SECRET_KEY": "secret"})
    return replace(config, model_path=model, model_sha256=sha256)


@pytest.fixture(scope="session", autouse=True)
def migrated(config: Config) -> None:
    """Runs the migrations like the chart's hook."""
    flask_db(config, "upgrade")


def flask_db(config: Config, command: str, *args: str) -> subprocess.CompletedProcess[str]:
    """Runs `flask db …` in the app's folder."""
    env = {**os.environ, "SECRET_KEY": "secret", "DATABASE_URL": config.database_url}
    return subprocess.run(
        [sys.executable, "-m", "flask", "db", command, *args],
        cwd=EXAMPLE, env=env, check=True, capture_output=True, text=True,
    )


@pytest.fixture
def app(config: Config) -> Iterator[Flask]:
    """An app with its model loaded, and with an empty log and cache."""
    app = create_app(config)
    app.extensions["model"].load()
    redis.Redis.from_url(config.redis_url).flushdb()
    with app.app_context():
        for table in Base.metadata.sorted_tables:
            db.session.execute(table.delete())
        db.session.commit()
        yield app
        db.engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A client of the app."""
    return app.test_client()
