"""The service's routes."""

import logging
import threading
from collections.abc import Callable

from flask import Blueprint, Response, current_app, jsonify, request
from redis import RedisError
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException, ServiceUnavailable

from .database import Prediction, check_database, db
from .instances import read_instances
from .metrics import predictions_total
from .model import FEATURES, ModelNotReady

log = logging.getLogger(__name__)
routes = Blueprint("routes", __name__)
#: Predictions at a time. gunicorn has more threads than that, because some of them wait for slow senders.
slots = threading.BoundedSemaphore(4)


@routes.get("/health")
def health() -> Response:
    """Answers 200 while the process works. It does not check the databases."""
    return jsonify(status="alive")


@routes.get("/ready")
def ready() -> tuple[Response, int]:
    """Answers 200 if the service can predict, else 503.

    It needs the model and PostgreSQL for that. Without Redis it is degraded, but still ready.
    """
    needed = {
        "model": current_app.extensions["model"].fault or "ok",
        "database": _check(check_database),
    }
    checks = {**needed, "redis": _check(current_app.extensions["cache"].check)}
    failed = [name for name, result in checks.items() if result != "ok"]
    is_ready = all(result == "ok" for result in needed.values())
    status = "not ready" if not is_ready else "degraded" if failed else "ready"
    return jsonify(status=status, failed=failed, checks=checks), 200 if is_ready else 503


@routes.post("/predict")
def predict() -> Response:
    """Predicts the species of each flower in the request, and logs each prediction in PostgreSQL."""
    # Waits for the sender, so it comes before the slot.
    request.get_data()
    with slots:
        return jsonify(_answer(read_instances(request, current_app.config["BATCH_SIZE"])))


@routes.app_errorhandler(HTTPException)
def refuse(error: HTTPException) -> tuple[Response, int]:
    """Returns errors as JSON."""
    return jsonify(error=error.description), error.code or 500


@routes.app_errorhandler(SQLAlchemyError)
def database_gone(error: SQLAlchemyError) -> tuple[Response, int]:
    """Answers 503: a prediction that cannot be logged is not returned."""
    db.session.rollback()
    log.error("PostgreSQL refuses: %s", type(error).__name__, exc_info=error)
    return jsonify(error="The database does not answer."), 503


@routes.app_errorhandler(ModelNotReady)
def model_not_ready(error: ModelNotReady) -> tuple[Response, int]:
    """Answers 503: the model became unavailable during the request."""
    return jsonify(error=str(error)), 503


def _answer(instances: list[list[float]]) -> dict[str, object]:
    """Body of the answer: the predictions, from the cache or from the model. They are logged in PostgreSQL.

    Raises ServiceUnavailable or ModelNotReady without a model, and SQLAlchemyError without PostgreSQL.
    """
    model = current_app.extensions["model"]
    cache = current_app.extensions["cache"]
    if model.fault:
        raise ServiceUnavailable(f"The model {model.fault}.")

    found = cache.find(model.digest, instances)
    missing = [instance for instance, kept in zip(instances, found, strict=True) if kept is None]
    computed = model.predict(missing) if missing else []
    if missing:
        cache.keep(model.digest, list(zip(missing, computed, strict=True)))
    remaining = iter(computed)
    answers = [{**(kept or next(remaining)), "cached": kept is not None} for kept in found]

    rows = [
        Prediction(
            model_version=model.version,
            instance=dict(zip(FEATURES, instance, strict=True)),
            label=answer["label"],
            cached=answer["cached"],
        )
        for instance, answer in zip(instances, answers, strict=True)
    ]
    db.session.add_all(rows)
    db.session.commit()
    for row, answer in zip(rows, answers, strict=True):
        answer["id"] = row.id
        predictions_total.labels(answer["label"], answer["cached"]).inc()
    return {"model_version": model.version, "predictions": answers}


def _check(check: Callable[[], None]) -> str:
    try:
        check()
    except (SQLAlchemyError, RedisError) as error:
        # The message may name hosts and users, so it only goes to the log.
        log.warning("A check failed", exc_info=True)
        return f"does not answer: {type(error).__name__}"
    return "ok"
