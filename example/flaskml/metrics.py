"""The metrics that Prometheus reads from /metrics. There is one process, so one registry."""

import time

from flask import Flask, Response, g, request
from prometheus_client import Counter, Histogram

requests_total = Counter("flaskml_requests_total", "Requests answered", ["method", "path", "status"])
request_seconds = Histogram("flaskml_request_seconds", "Seconds to an answer", ["path"])
predictions_total = Counter("flaskml_predictions_total", "Predictions made", ["label", "cached"])


def count_requests(app: Flask) -> None:
    """Counts every request by its route. All unknown paths count as one."""

    @app.before_request
    def begin() -> None:
        g.begun = time.perf_counter()

    @app.after_request
    def end(response: Response) -> Response:
        path = request.url_rule.rule if request.url_rule else "unknown"
        requests_total.labels(request.method, path, response.status_code).inc()
        request_seconds.labels(path).observe(time.perf_counter() - g.begun)
        return response
