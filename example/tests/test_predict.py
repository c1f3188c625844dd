import json
import socket
import time
from dataclasses import replace

import pytest
import redis
from flask import Flask
from flask.testing import FlaskClient
from flaskml import create_app
from flaskml.config import Config
from flaskml.database import Prediction, db
from flaskml.model import FEATURES
from flaskml.monitoring import monitoring_app
from sklearn.datasets import load_iris
from werkzeug.test import Client

SETOSA = {"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2}
VIRGINICA = {"sepal_length": 6.3, "sepal_width": 3.3, "petal_length": 6.0, "petal_width": 2.5}


def ask(client: FlaskClient, *instances: object) -> list[dict]:
    answer = client.post("/predict", json={"instances": list(instances)})
    assert answer.status_code == 200, answer.text
    return answer.json["predictions"]


def logged() -> list[Prediction]:
    return list(db.session.scalars(db.select(Prediction).order_by(Prediction.id)))


def test_the_model_computes_the_first_answer_and_redis_has_the_second(client: FlaskClient) -> None:
    first, second = ask(client, SETOSA)[0], ask(client, SETOSA)[0]
    assert first["label"] == "setosa"
    assert first["probabilities"]["setosa"] > 0.9
    assert (first["cached"], second["cached"]) == (False, True)
    assert first["probabilities"] == second["probabilities"]


def test_every_answer_is_logged(client: FlaskClient) -> None:
    answers = [*ask(client, SETOSA), *ask(client, SETOSA, VIRGINICA)]
    assert [(row.id, row.label, row.cached) for row in logged()] == [
        (answer["id"], answer["label"], answer["cached"]) for answer in answers
    ]
    assert logged()[0].instance == SETOSA
    assert logged()[0].model_version == "1.0.0"


def test_cached_and_computed_answers_of_one_request_keep_their_order(client: FlaskClient) -> None:
    ask(client, VIRGINICA)
    answers = ask(client, SETOSA, VIRGINICA, {**SETOSA, "petal_width": 0.3})
    assert [(answer["label"], answer["cached"]) for answer in answers] == [
        ("setosa", False),
        ("virginica", True),
        ("setosa", False),
    ]


def test_a_redis_that_hangs_is_waited_for_once_a_request_not_once_a_flower(app: Flask, config: Config) -> None:
    with socket.create_server(("127.0.0.1", 0)) as hanging:
        other = create_app(replace(config, redis_url=f"redis://127.0.0.1:{hanging.getsockname()[1]}/0"))
        other.extensions["model"].load()
        begun = time.monotonic()
        answers = ask(other.test_client(), *[SETOSA] * 32)
    assert [answer["cached"] for answer in answers] == [False] * 32
    # A second to read and a second to write, not 32 times that.
    assert time.monotonic() - begun < 20


def test_the_model_knows_its_flowers(app: Flask) -> None:
    data = load_iris()
    predictions = app.extensions["model"].predict(data.data.tolist())
    right = sum(p["label"] == data.target_names[t] for p, t in zip(predictions, data.target, strict=True))
    assert right / len(data.target) > 0.95


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ([], "The body must be"),
        ({"instances": [], "more": 1}, "The body must be"),
        ({"instances": []}, "there must be 1 to 32, not 0"),
        ({"instances": [SETOSA] * 33}, "there must be 1 to 32, not 33"),
        ({"instances": [SETOSA, 5]}, "instances[1]: is not an object."),
        ({"instances": [{**SETOSA, "colour": 1}]}, "instances[0]: colour is not a measurement."),
        ({"instances": [{name: 1 for name in FEATURES[1:]}]}, "sepal_length is missing."),
        ({"instances": [{**SETOSA, "petal_width": "1"}]}, "petal_width must be a number above 0"),
        ({"instances": [{**SETOSA, "petal_width": True}]}, "petal_width must be a number above 0"),
        ({"instances": [{**SETOSA, "petal_width": -1}]}, "petal_width must be a number above 0"),
        ({"instances": [{**SETOSA, "petal_width": 101}]}, "up to 100"),
    ],
)
def test_wrong_input_is_refused_and_not_logged(client: FlaskClient, body: object, message: str) -> None:
    answer = client.post("/predict", json=body)
    assert answer.status_code == 400
    assert message in answer.json["error"]
    assert logged() == []


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "1e400", "1e-400", str(10**400), str(-(10**400)), "9" * 5000])
def test_numbers_that_are_no_measurements_are_refused(client: FlaskClient, value: str) -> None:
    text = json.dumps({"instances": [{**SETOSA, "sepal_length": "VALUE"}]}).replace('"VALUE"', value)
    answer = client.post("/predict", data=text, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json["error"]


@pytest.mark.parametrize("depth", [1000, 100_000])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_json_that_is_nested_deep_is_refused(client: FlaskClient, opening: str, closing: str, depth: int) -> None:
    text = opening * depth + "1" + closing * depth
    answer = client.post("/predict", data=text, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json["error"]


@pytest.mark.parametrize("body", [b"{", b"", b"\xff", b"\x00", b'{"instances": "\xc3"}'])
def test_a_body_that_is_not_valid_json_is_refused(client: FlaskClient, body: bytes) -> None:
    answer = client.post("/predict", data=body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json["error"]


def test_other_errors_are_json_too(client: FlaskClient) -> None:
    assert client.post("/predict", data="text").status_code == 415
    assert client.post("/predict", data=b" " * 1024 * 1024 + b"1", content_type="application/json").status_code == 413
    assert "error" in client.get("/nothing").json
    assert "error" in client.get("/predict").json


def redis_of(config: Config) -> redis.Redis:
    return redis.Redis.from_url(config.redis_url)


def test_every_key_in_redis_expires(client: FlaskClient, config: Config) -> None:
    ask(client, SETOSA, VIRGINICA)
    server = redis_of(config)
    lifetimes = [server.ttl(key) for key in server.scan_iter()]
    assert len(lifetimes) == 2
    assert all(0 < lifetime <= 3600 for lifetime in lifetimes)


def test_a_full_redis_fails_no_prediction(client: FlaskClient, config: Config) -> None:
    ask(client, VIRGINICA)
    server = redis_of(config)
    before = server.config_get("maxmemory", "maxmemory-policy")
    server.config_set("maxmemory", 1, "maxmemory-policy", "noeviction")
    try:
        with pytest.raises(redis.OutOfMemoryError):
            server.set("key", "value")
        answers = ask(client, SETOSA, VIRGINICA)
        assert [(answer["label"], answer["cached"]) for answer in answers] == [("setosa", False), ("virginica", True)]
        assert client.get("/ready").status_code == 200
    finally:
        server.config_set(*[item for pair in before.items() for item in pair])


def metric(app: Flask, line: str) -> float:
    """Value of a line of the metrics; 0 if it is not there yet."""
    rows = Client(monitoring_app(app)).get("/metrics").text.splitlines()
    return sum(float(row.removeprefix(line)) for row in rows if row.startswith(line))


def test_metrics_count_predictions(app: Flask, client: FlaskClient) -> None:
    line = 'flaskml_predictions_total{cached="False",label="virginica"} '
    before = metric(app, line)
    ask(client, VIRGINICA)
    assert metric(app, line) == before + 1


def test_metrics_count_the_errors_of_redis(config: Config) -> None:
    app = create_app(replace(config, redis_url="redis://127.0.0.1:1"))
    app.extensions["model"].load()
    before = metric(app, "flaskml_cache_errors_total ")
    ask(app.test_client(), SETOSA)
    assert metric(app, "flaskml_cache_errors_total ") == before + 2


def test_a_client_cannot_add_labels_to_the_metrics(app: Flask, client: FlaskClient) -> None:
    client.open("/health", method="BREW")
    client.get("/made-up")
    text = Client(monitoring_app(app)).get("/metrics").text
    assert "BREW" not in text
    assert "made-up" not in text


def test_the_monitoring_port_serves_only_probes_and_metrics_and_the_public_port_no_metrics(
    app: Flask, client: FlaskClient
) -> None:
    monitoring = Client(monitoring_app(app))
    assert [monitoring.get(path).status_code for path in ("/metrics", "/health", "/ready")] == [200, 200, 200]
    assert [monitoring.get(path).status_code for path in ("/", "/predict", "/nothing")] == [404, 404, 404]
    assert client.get("/metrics").status_code == 404
