"""The service as gunicorn serves it in its image, with clients that are slow."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from conftest import EXAMPLE
from flaskml import worker
from flaskml.config import Config
from gunicorn.workers.gthread import TConn, ThreadWorker

BODY = json.dumps(
    {"instances": [{"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2}]}
).encode()
HEADERS = b"POST /predict HTTP/1.1\r\nHost: app\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(BODY)


@dataclass
class Server:
    """A gunicorn."""

    port: int
    monitoring_port: int

    def predict(self) -> int:
        """Status of a prediction."""
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/predict", BODY, headers)
        return urllib.request.urlopen(request, timeout=5).status

    def probe(self, path: str = "/ready", timeout: float = 3) -> int:
        """Status of a probe, which must come within the chart's timeoutSeconds of the readiness probe."""
        return urllib.request.urlopen(f"http://127.0.0.1:{self.monitoring_port}{path}", timeout=timeout).status

    def half_send(self, count: int, text: bytes, port: int | None = None) -> list[socket.socket]:
        """Opens connections, and sends part of a request on each."""
        clients = [socket.create_connection(("127.0.0.1", port or self.port)) for _ in range(count)]
        for client in clients:
            client.sendall(text)
        return clients


@pytest.fixture(scope="module")
def server(config: Config) -> Iterator[Server]:
    """The service, with its model loaded."""
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        server = Server(one.getsockname()[1], other.getsockname()[1])
    env = {
        **os.environ,
        "SECRET_KEY": "secret",
        "MODEL_PATH": str(config.model_path),
        "MODEL_SHA256": config.model_sha256 or "",
        "MONITORING_PORT": str(server.monitoring_port),
    }
    command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{server.port}", "wsgi:app"]
    with subprocess.Popen(command, cwd=EXAMPLE, env=env) as process:
        try:
            deadline = time.monotonic() + 60
            while not _is_ready(server):
                assert process.poll() is None and time.monotonic() < deadline, "the service does not become ready"
                time.sleep(0.2)
            yield server
        finally:
            process.terminate()


def _is_ready(server: Server) -> bool:
    try:
        return server.probe() == 200
    except OSError:
        return False


@pytest.mark.parametrize("part", [b"", b"POST /pred", HEADERS, HEADERS + BODY[:10]], ids=["nothing", "line", "headers", "body"])
def test_half_sent_requests_keep_nobody_waiting(server: Server, part: bytes) -> None:
    clients = server.half_send(32, part)
    try:
        assert [server.probe(path) for path in ("/health", "/ready", "/metrics")] == [200, 200, 200]
        assert server.predict() == 200
    finally:
        for client in clients:
            client.close()


def test_the_probes_are_answered_while_every_thread_waits_for_a_sender(server: Server) -> None:
    clients = [
        *server.half_send(200, HEADERS),
        # On the port of the probes, too.
        *server.half_send(20, b"GET /rea", server.monitoring_port),
    ]
    try:
        for _ in range(5):
            assert [server.probe("/health"), server.probe("/ready")] == [200, 200]
    finally:
        for client in clients:
            client.close()


def test_slow_senders_time_out(server: Server) -> None:
    begun = time.monotonic()
    [half] = server.half_send(1, HEADERS + BODY[:10])
    [headless] = server.half_send(1, b"POST /pred")
    [trickling] = server.half_send(1, b"POST /predict HTTP/1.1\r\n")
    trickling.settimeout(1)
    while time.monotonic() - begun < 30:
        try:
            trickling.sendall(b"X: 1\r\n")
            if trickling.recv(1) == b"":
                break
        except TimeoutError:
            continue
        except OSError:
            break
    half.settimeout(15)
    headless.settimeout(15)
    # A request whose body is missing is answered. One without its headers is not.
    assert half.recv(100).startswith(b"HTTP/1.1 400 ")
    assert headless.recv(100) == b""
    assert time.monotonic() - begun < 20
    for client in (half, headless, trickling):
        client.close()


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (b"Content-Length: 10000000\r\n\r\n", b"413"),
        # Without a length, the body is cut at the limit, so it is not JSON.
        (b"Transfer-Encoding: chunked\r\n\r\n200000\r\n" + b" " * 0x200000 + b"\r\n0\r\n\r\n", b"400"),
    ],
    ids=["length", "chunked"],
)
def test_large_bodies_are_refused(server: Server, text: bytes, status: bytes) -> None:
    head = b"POST /predict HTTP/1.1\r\nHost: app\r\nContent-Type: application/json\r\n"
    [client] = server.half_send(1, head + text)
    with client:
        assert client.recv(100).startswith(b"HTTP/1.1 " + status)


def test_the_metrics_are_not_on_the_public_port(server: Server) -> None:
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"http://127.0.0.1:{server.port}/metrics")


def test_a_client_that_does_not_read_its_answer_loses_its_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ThreadWorker, "notify", lambda _: None)
    monkeypatch.setattr(worker, "EXCHANGE_SECONDS", 0.1)
    monkeypatch.setattr(ThreadWorker, "handle", lambda _, conn: conn.sock.sendall(b"x" * 10_000_000))
    busy = worker.TimeLimitWorker.__new__(worker.TimeLimitWorker)
    busy._begun = {}
    ours, theirs = socket.socketpair()
    conn = TConn.__new__(TConn)
    conn.sock = ours
    with ours, theirs, ThreadPoolExecutor() as pool:
        answer = pool.submit(busy.handle, conn)
        while not answer.done():
            time.sleep(0.05)
            busy.notify()
        assert isinstance(answer.exception(), BrokenPipeError)
    assert busy._begun == {}
