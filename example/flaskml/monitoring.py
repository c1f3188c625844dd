"""Probes and metrics, on a port and in threads of their own.

Clients of the public port cannot read the metrics, and cannot keep the probes from being answered.
"""

import threading
from collections.abc import Iterable
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from prometheus_client import make_wsgi_app
from werkzeug.exceptions import NotFound


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Handler(WSGIRequestHandler):
    #: Seconds to wait for the next part of a request.
    timeout = 5

    def log_message(self, *_: Any) -> None:
        """Logs nothing: probes come every few seconds."""


def monitoring_app(app: WSGIApplication) -> WSGIApplication:
    """The app behind the monitoring port: /metrics, and the public app's /health and /ready."""
    metrics = make_wsgi_app()

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path == "/metrics":
            return metrics(environ, start_response)
        if path in ("/health", "/ready"):
            return app(environ, start_response)
        return NotFound()(environ, start_response)

    return answer


def serve_monitoring(app: WSGIApplication, port: int) -> None:
    """Serves the monitoring port from another thread. Raises OSError if the port is taken."""
    server = make_server("", port, monitoring_app(app), _Server, _Handler)
    threading.Thread(target=server.serve_forever, name="monitoring", daemon=True).start()
