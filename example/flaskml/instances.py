"""Reads the flowers in the body of a request."""

from typing import Any

from flask import Request
from werkzeug.exceptions import BadRequest

from .model import FEATURES

#: Centimetres. No iris is larger, and most values in a wrong unit are.
LARGEST = 100


def read_instances(request: Request, most: int) -> list[list[float]]:
    """The measurements of each flower, in the model's order.

    Raises BadRequest (or another HTTPException, if the body is too large or is not JSON). Its description names every
    fault and its place.
    """
    try:
        body = request.get_json()
    except RecursionError as error:
        raise BadRequest("The body is nested too deep.") from error
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
    # This refuses NaN and infinity, too, and compares integers that are too large for a float.
    return is_number and 0 < value <= LARGEST
