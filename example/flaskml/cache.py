"""Predictions that were made before, in Redis. Without Redis every prediction is computed."""

import hashlib
import json
import logging
from typing import Any

import redis

log = logging.getLogger(__name__)
LIFETIME_SECONDS = 3600


class PredictionCache:
    """Predictions by the model and the measures that they were made of."""

    def __init__(self, url: str) -> None:
        # No retries: the request can be answered without.
        self._redis = redis.Redis.from_url(
            url, socket_timeout=1, socket_connect_timeout=1, retry=redis.retry.Retry(redis.backoff.NoBackoff(), 0)
        )

    def check(self) -> None:
        """Raises redis.RedisError if Redis does not answer."""
        self._redis.ping()

    def find(self, model: str, instance: list[float]) -> dict[str, Any] | None:
        """The prediction that was kept, or None."""
        try:
            found = self._redis.get(_key(model, instance))
        except redis.RedisError:
            log.warning("Redis does not answer: the prediction is computed", exc_info=True)
            return None
        return json.loads(found) if found else None

    def keep(self, model: str, instance: list[float], prediction: dict[str, Any]) -> None:
        """Keeps a prediction for an hour."""
        try:
            self._redis.set(_key(model, instance), json.dumps(prediction), ex=LIFETIME_SECONDS)
        except redis.RedisError:
            log.warning("Redis does not answer: the prediction is not kept", exc_info=True)


def _key(model: str, instance: list[float]) -> str:
    return f"prediction:{model}:{hashlib.sha256(json.dumps(instance).encode()).hexdigest()}"
