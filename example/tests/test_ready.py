import os
import threading
from dataclasses import replace
from pathlib import Path

from conftest import flask_db
from flask import Flask
from flaskml import create_app
from flaskml.config import Config
from flaskml.database import db
from sqlalchemy import inspect, text

NOWHERE = "127.0.0.1:1"
SETOSA = {"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2}


def checks(app: Flask) -> dict[str, str]:
    """The checks in the answer of /ready. /health must always answer 200."""
    client = app.test_client()
    assert client.get("/health").status_code == 200
    answer = client.get("/ready")
    assert answer.status_code == (200 if set(answer.json["checks"].values()) == {"ok"} else 503)
    return answer.json["checks"]


def loaded(config: Config) -> Flask:
    app = create_app(config)
    app.extensions["model"].load()
    return app


def test_ready_when_all_answer(app: Flask) -> None:
    assert checks(app) == {"model": "ok", "database": "ok", "redis": "ok"}


def test_not_ready_yet_alive_without_the_database(config: Config) -> None:
    app = loaded(replace(config, database_url=f"postgresql://user:geheim@{NOWHERE}/none"))
    assert checks(app) == {"model": "ok", "database": "does not answer: OperationalError", "redis": "ok"}
    answer = app.test_client().post("/predict", json={"instances": [SETOSA]})
    assert answer.status_code == 503
    assert "geheim" not in answer.text


def test_not_ready_yet_it_predicts_without_redis(config: Config) -> None:
    app = loaded(replace(config, redis_url=f"redis://{NOWHERE}"))
    assert checks(app) == {"model": "ok", "database": "ok", "redis": "does not answer: ConnectionError"}
    answer = app.test_client().post("/predict", json={"instances": [SETOSA]})
    assert answer.json["predictions"][0]["cached"] is False


def test_not_ready_before_the_migrations(app: Flask) -> None:
    db.session.execute(text("ALTER TABLE predictions RENAME TO hidden"))
    db.session.commit()
    try:
        assert checks(app)["database"] == "does not answer: ProgrammingError"
    finally:
        db.session.execute(text("ALTER TABLE hidden RENAME TO predictions"))
        db.session.commit()


def test_a_model_that_loads_slowly_is_waited_for(config: Config, tmp_path: Path) -> None:
    # Reading blocks until something is written.
    slow = tmp_path / "model.joblib"
    os.mkfifo(slow)
    app = create_app(replace(config, model_path=slow))
    loading = threading.Thread(target=app.extensions["model"].load)
    loading.start()
    assert checks(app)["model"] == "is not loaded yet"
    assert app.test_client().post("/predict", json={"instances": [SETOSA]}).status_code == 503
    slow.write_bytes(config.model_path.read_bytes())
    loading.join()
    assert checks(app)["model"] == "ok"


def test_a_broken_model_is_told(config: Config, tmp_path: Path) -> None:
    broken = tmp_path / "model.joblib"
    broken.write_bytes(config.model_path.read_bytes()[:100])
    assert checks(loaded(replace(config, model_path=broken)))["model"].startswith("cannot be loaded: ")


def test_a_model_of_another_version_is_refused(config: Config) -> None:
    assert checks(loaded(replace(config, model_version="2.0.0")))["model"] == "cannot be loaded: ValueError"


def test_migrations_go_back_and_forth_and_make_what_the_app_maps(app: Flask, config: Config) -> None:
    db.session.rollback()
    flask_db(config, "downgrade", "base")
    assert not inspect(db.engine).has_table("predictions")
    flask_db(config, "upgrade")
    flask_db(config, "check")
