"""Earlier predictions, in Redis. Without Redis, every prediction is computed."""

import hashlib
import json
import logging
from typing import Any

import redis

from .metrics import cache_errors_total

log = logging.getLogger(__name__)
LIFETIME_SECONDS = 3600


class PredictionCache:
    """Predictions, keyed by the model and the measurements."""

    def __init__(self, url: str) -> None:
        # No retries: the app can answer without Redis.
        self._redis = redis.Redis.from_url(
            url, socket_timeout=1, socket_connect_timeout=1, retry=redis.retry.Retry(redis.backoff.NoBackoff(), 0)
        )

    def check(self) -> None:
        """Raises redis.RedisError if Redis does not answer."""
        self._redis.ping()

    def find(self, model: str, instances: list[list[float]]) -> list[dict[str, Any] | None]:
        """The cached prediction of each instance, or None. Sends one command to Redis for all instances."""
        try:
            found = self._redis.mget([_key(model, instance) for instance in instances])
        except redis.RedisError:
            cache_errors_total.inc()
            log.warning("Redis does not answer: the predictions are computed", exc_info=True)
            return [None] * len(instances)
        return [json.loads(kept) if kept else None for kept in found]

    def keep(self, model: str, predictions: list[tuple[list[float], dict[str, Any]]]) -> None:
        """Caches the predictions for an hour. Every key expires, so a full Redis may evict it (`volatile-lru`)."""
        try:
            with self._redis.pipeline(transaction=False) as pipeline:
                for instance, prediction in predictions:
                    pipeline.set(_key(model, instance), json.dumps(prediction), ex=LIFETIME_SECONDS)
                pipeline.execute()
        except redis.RedisError:
            # It does not answer, or it is full.
            cache_errors_total.inc()
            log.warning("Redis refuses: the predictions are not kept", exc_info=True)


def _key(model: str, instance: list[float]) -> str:
    return f"prediction:{model}:{hashlib.sha256(json.dumps(instance).encode()).hexdigest()}"
