import hashlib
import os
import threading
from dataclasses import replace
from pathlib import Path

import joblib
from flask import Flask
from flaskml import create_app
from flaskml.config import Config
from flaskml.database import db
from sqlalchemy import text
from werkzeug.test import TestResponse

NOWHERE = "127.0.0.1:1"
SETOSA = {"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2}


def ready(app: Flask) -> TestResponse:
    """The answer of /ready. /health must always answer 200."""
    client = app.test_client()
    assert client.get("/health").status_code == 200
    return client.get("/ready")


def checks(app: Flask) -> dict[str, str]:
    """The checks in the answer of /ready, which may only be 200 if the model and the database are fine."""
    answer = ready(app)
    needed = [answer.json["checks"][name] for name in ("model", "database")]
    assert answer.status_code == (200 if needed == ["ok", "ok"] else 503)
    return answer.json["checks"]


def sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def loaded(config: Config) -> Flask:
    app = create_app(config)
    app.extensions["model"].load()
    return app


def test_ready_when_all_answer(app: Flask) -> None:
    assert checks(app) == {"model": "ok", "database": "ok", "redis": "ok"}
    assert (ready(app).json["status"], ready(app).json["failed"]) == ("ready", [])


def test_not_ready_yet_alive_without_the_database(config: Config) -> None:
    app = loaded(replace(config, database_url=f"postgresql://user:geheim@{NOWHERE}/none"))
    assert checks(app) == {"model": "ok", "database": "does not answer: OperationalError", "redis": "ok"}
    answer = app.test_client().post("/predict", json={"instances": [SETOSA]})
    assert answer.status_code == 503
    assert "geheim" not in answer.text


def test_degraded_yet_ready_without_redis(config: Config) -> None:
    app = loaded(replace(config, redis_url=f"redis://{NOWHERE}"))
    assert checks(app) == {"model": "ok", "database": "ok", "redis": "does not answer: ConnectionError"}
    answer = ready(app)
    assert (answer.status_code, answer.json["status"], answer.json["failed"]) == (200, "degraded", ["redis"])
    answer = app.test_client().post("/predict", json={"instances": [SETOSA]})
    assert answer.json["predictions"][0]["cached"] is False


def test_not_ready_without_redis_and_the_database(config: Config) -> None:
    app = loaded(replace(config, redis_url=f"redis://{NOWHERE}", database_url=f"postgresql://user@{NOWHERE}/none"))
    answer = ready(app)
    assert (answer.status_code, answer.json["status"], answer.json["failed"]) == (503, "not ready", ["database", "redis"])


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


class Evil:
    """Runs a command when it is unpickled."""

    def __init__(self, command: str) -> None:
        self.command = command

    def __reduce__(self) -> tuple:
        return os.system, (self.command,)


def test_another_model_is_refused_before_its_code_runs(config: Config, tmp_path: Path) -> None:
    evil, proof = tmp_path / "model.joblib", tmp_path / "proof"
    joblib.dump(Evil(f"touch {proof}"), evil)
    app = loaded(replace(config, model_path=evil))
    assert checks(app)["model"] == (
        f"cannot be loaded: its SHA-256 is {sha256(evil)}, not {config.model_sha256}; for another model, set MODEL_SHA256"
    )
    assert app.test_client().post("/predict", json={"instances": [SETOSA]}).status_code == 503
    assert not proof.exists()


def test_a_model_whose_sha256_is_unknown_is_refused(config: Config) -> None:
    app = loaded(replace(config, model_sha256=None))
    assert checks(app)["model"] == "cannot be loaded: no SHA-256 is known for it; set MODEL_SHA256"


def test_a_broken_model_is_reported(config: Config, tmp_path: Path) -> None:
    broken = tmp_path / "model.joblib"
    broken.write_bytes(config.model_path.read_bytes()[:100])
    app = loaded(replace(config, model_path=broken, model_sha256=sha256(broken)))
    assert checks(app)["model"] in ("cannot be loaded: EOFError", "cannot be loaded: UnpicklingError")


def test_a_model_of_another_version_is_refused(config: Config) -> None:
    app = loaded(replace(config, model_version="2.0.0"))
    assert checks(app)["model"] == "cannot be loaded: it has version 1.0.0, not 2.0.0"
