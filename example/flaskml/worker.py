"""gunicorn's threaded worker, with time limits for clients. By itself it waits forever for the rest of a request."""

import contextlib
import socket
import time
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker

#: Seconds in which a request must arrive. The app reads it in less, or answers 400.
RECEIVE_SECONDS = 10
#: Seconds in which the answer must be read, too. The app itself always answers earlier: all that it waits for has limits.
EXCHANGE_SECONDS = 30


class TimeLimitWorker(ThreadWorker):
    """Ends requests that arrive too slowly, and connections whose client does not read the answer."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        #: When the current request of each connection began to be read.
        self._begun: dict[TConn, float] = {}

    def handle(self, conn: TConn) -> Any:
        """Reads a request and answers it, in one of the threads."""
        self._begun[conn] = time.monotonic()
        try:
            return super().handle(conn)
        finally:
            del self._begun[conn]

    def notify(self) -> None:
        """Runs about once a second in the main thread."""
        super().notify()
        now = time.monotonic()
        for conn, begun in list(self._begun.items()):
            if now - begun > EXCHANGE_SECONDS:
                _shut_down(conn, socket.SHUT_RDWR)
            elif now - begun > RECEIVE_SECONDS:
                # What was received can still be answered.
                _shut_down(conn, socket.SHUT_RD)


def _shut_down(conn: TConn, how: int) -> None:
    # The client may have ended the connection by now.
    with contextlib.suppress(OSError):
        conn.sock.shutdown(how)
