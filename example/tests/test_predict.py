import socket
import time
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flaskml import create_app
from flaskml.config import Config
from flaskml.database import Prediction, db
from sklearn.datasets import load_iris
from flaskml.model import FEATURES

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


def test_what_is_no_number_in_json_is_refused(client: FlaskClient) -> None:
    text = '{"instances": [{"sepal_length": NaN, "sepal_width": 1, "petal_length": 1, "petal_width": 1}]}'
    assert client.post("/predict", data=text, content_type="application/json").status_code == 400


def test_what_is_no_json_is_refused_as_json(client: FlaskClient) -> None:
    assert client.post("/predict", data="{", content_type="application/json").status_code == 400
    assert client.post("/predict", data="text").status_code == 415
    assert "error" in client.get("/nothing").json


def test_metrics_count_predictions(client: FlaskClient) -> None:
    def count() -> float:
        line = 'flaskml_predictions_total{cached="False",label="virginica"} '
        return sum(float(row.removeprefix(line)) for row in client.get("/metrics").text.splitlines() if row.startswith(line))

    before = count()
    ask(client, VIRGINICA)
    assert count() == before + 1
