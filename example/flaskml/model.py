"""The model: loaded once, beside the requests, so that a slow or broken one leaves the process alive."""

import hashlib
import io
import logging
import threading
from pathlib import Path
from typing import Any

import joblib

log = logging.getLogger(__name__)

#: Measures of a flower, in centimetres, in the order in which the model takes them.
FEATURES = ("sepal_length", "sepal_width", "petal_length", "petal_width")


class ModelNotReady(Exception):
    """The model is not loaded, or cannot be."""


class Model:
    """A classifier in a file."""

    def __init__(self, path: Path, wanted_version: str | None) -> None:
        self._path = path
        self._wanted_version = wanted_version
        self._content: dict[str, Any] | None = None
        #: Why there is no model to ask; None when there is one.
        self.fault: str | None = "is not loaded yet"
        self.digest = ""

    @property
    def version(self) -> str:
        """Version of the model that is loaded."""
        return self._content["version"] if self._content else ""

    def load_in_background(self) -> None:
        """Loads the model in a thread of its own."""
        threading.Thread(target=self.load, name="load-model", daemon=True).start()

    def load(self) -> None:
        """Loads the model; what goes wrong is logged and kept as `fault`."""
        try:
            data = self._path.read_bytes()
            content = joblib.load(io.BytesIO(data))
            if content["features"] != list(FEATURES):
                raise ValueError("it takes other measures than this app")
            if self._wanted_version not in (None, content["version"]):
                raise ValueError(f"it has version {content['version']}, not {self._wanted_version}")
        except Exception as error:  # Whatever a broken file makes joblib raise.
            log.exception("The model %s cannot be loaded", self._path)
            self.fault = f"cannot be loaded: {type(error).__name__}"
            return
        self.digest = hashlib.sha256(data).hexdigest()[:16]
        self._content = content
        self.fault = None
        log.info("The model %s of version %s is loaded", self._path, self.version)

    def predict(self, instances: list[list[float]]) -> list[dict[str, Any]]:
        """The label of each instance, and how probable each label is.

        Raises ModelNotReady before the model is loaded.
        """
        if self._content is None:
            raise ModelNotReady(f"the model {self.fault}")
        labels = self._content["labels"]
        return [
            {
                "label": labels[row.argmax()],
                "probabilities": {label: round(float(value), 4) for label, value in zip(labels, row, strict=True)},
            }
            for row in self._content["classifier"].predict_proba(instances)
        ]
