"""The metrics of the service. There is one process, so one registry."""

import time

from flask import Flask, Response, g, request
from prometheus_client import Counter, Histogram

requests_total = Counter("flaskml_requests_total", "Requests answered", ["method", "path", "status"])
request_seconds = Histogram("flaskml_request_seconds", "Seconds to an answer", ["path"])
cache_errors_total = Counter("flaskml_cache_errors_total", "Commands that Redis did not answer or refused")
predictions_total = Counter("flaskml_predictions_total", "Predictions made", ["label", "cached"])
#: Each combination of labels takes memory, so methods that a client makes up are not among them.
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


def count_requests(app: Flask) -> None:
    """Counts every request by its method and route. All unknown methods count as one, and so do all unknown paths."""

    @app.before_request
    def begin() -> None:
        g.begun = time.perf_counter()

    @app.after_request
    def end(response: Response) -> Response:
        path = request.url_rule.rule if request.url_rule else "unknown"
        method = request.method if request.method in METHODS else "unknown"
        requests_total.labels(method, path, response.status_code).inc()
        request_seconds.labels(path).observe(time.perf_counter() - g.begun)
        return response
