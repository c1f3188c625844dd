"""The model. It is loaded once, in the background, so the process stays alive if it is slow or broken."""

import hashlib
import io
import logging
import threading
from pathlib import Path
from typing import Any

import joblib

log = logging.getLogger(__name__)

#: Measurements of a flower in centimetres, in the model's order.
FEATURES = ("sepal_length", "sepal_width", "petal_length", "petal_width")


class ModelNotReady(Exception):
    """The model is not loaded yet, or cannot be loaded."""


class Model:
    """A classifier, loaded from a file."""

    def __init__(self, path: Path, wanted_version: str | None) -> None:
        self._path = path
        self._wanted_version = wanted_version
        self._content: dict[str, Any] | None = None
        #: Why the model cannot answer; None if it can.
        self.fault: str | None = "is not loaded yet"
        self.digest = ""

    @property
    def version(self) -> str:
        """Version of the loaded model; empty if none is loaded."""
        return self._content["version"] if self._content else ""

    def load_in_background(self) -> None:
        """Loads the model in another thread."""
        threading.Thread(target=self.load, name="load-model", daemon=True).start()

    def load(self) -> None:
        """Loads the model. Logs an error, and keeps it as `fault`."""
        try:
            data = self._path.read_bytes()
            content = joblib.load(io.BytesIO(data))
            if content["features"] != list(FEATURES):
                raise ValueError("it expects other measurements than this app")
            if self._wanted_version not in (None, content["version"]):
                raise ValueError(f"it has version {content['version']}, not {self._wanted_version}")
        except Exception as error:  # A broken file can make joblib raise anything.
            log.exception("The model %s cannot be loaded", self._path)
            self.fault = f"cannot be loaded: {type(error).__name__}"
            return
        self.digest = hashlib.sha256(data).hexdigest()[:16]
        self._content = content
        self.fault = None
        log.info("The model %s of version %s is loaded", self._path, self.version)

    def predict(self, instances: list[list[float]]) -> list[dict[str, Any]]:
        """The label of each instance, and the probability of each label.

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
