"""The service's routes."""

import logging
import math
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from redis import RedisError
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import BadRequest, HTTPException, ServiceUnavailable

from .database import Prediction, check_database, db
from .metrics import predictions_total
from .model import FEATURES, ModelNotReady

log = logging.getLogger(__name__)
routes = Blueprint("routes", __name__)
#: Centimetres. No iris is larger, and most values in a wrong unit are.
LARGEST = 100


@routes.get("/health")
def health() -> Response:
    """Answers 200 while the process works. It does not check the databases."""
    return jsonify(status="alive")


@routes.get("/ready")
def ready() -> tuple[Response, int]:
    """Answers 200 if the model is loaded and PostgreSQL and Redis answer, else 503."""
    checks = {
        "model": current_app.extensions["model"].fault or "ok",
        "database": _check(check_database),
        "redis": _check(current_app.extensions["cache"].check),
    }
    is_ready = set(checks.values()) == {"ok"}
    return jsonify(status="ready" if is_ready else "not ready", checks=checks), 200 if is_ready else 503


@routes.post("/predict")
def predict() -> Response:
    """Predicts the species of each flower in the request, and logs each prediction in PostgreSQL."""
    instances = _parse_instances(request.get_json(), current_app.config["BATCH_SIZE"])
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
    return jsonify(model_version=model.version, predictions=answers)


@routes.get("/metrics")
def metrics() -> Response:
    """Metrics for Prometheus."""
    return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)


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


def _check(check: Callable[[], None]) -> str:
    try:
        check()
    except (SQLAlchemyError, RedisError) as error:
        # The message may name hosts and users, so it only goes to the log.
        log.warning("Not ready", exc_info=True)
        return f"does not answer: {type(error).__name__}"
    return "ok"


def _parse_instances(body: Any, most: int) -> list[list[float]]:
    """The measurements in the model's order. Raises BadRequest with every fault and its place."""
    if not isinstance(body, dict) or set(body) != {"instances"} or not isinstance(body["instances"], list):
        raise BadRequest('The body must be {"instances": [{...}, ...]}.')
    if not 1 <= len(body["instances"]) <= most:
        raise BadRequest(f"instances: there must be 1 to {most}, not {len(body['instances'])}.")
    faults = [
        f"instances[{index}]: {fault}"
        for index, instance in enumerate(body["instances"])
        for fault in _faults(instance)
    ]
    if faults:
        raise BadRequest(" ".join(faults))
    return [[float(instance[name]) for name in FEATURES] for instance in body["instances"]]


def _faults(instance: Any) -> list[str]:
    if not isinstance(instance, dict):
        return ["is not an object."]
    unknown = [f"{name} is not a measurement." for name in sorted(set(instance) - set(FEATURES))]
    missing = [f"{name} is missing." for name in FEATURES if name not in instance]
    wrong = [
        f"{name} must be a number above 0 and up to {LARGEST}."
        for name in FEATURES
        if name in instance and not _is_measurement(instance[name])
    ]
    return unknown + missing + wrong


def _is_measurement(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and math.isfinite(value) and 0 < value <= LARGEST
