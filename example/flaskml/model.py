"""The model. It is loaded once, in the background, so the process stays alive if it is slow or broken.

The file is a pickle, and loading a pickle runs the code in it. So it is loaded only if its SHA-256 is the expected one.
"""

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


class WrongModel(Exception):
    """The file is not the model that the app expects. The message completes "cannot be loaded: …"."""


class Model:
    """A classifier, loaded from a file."""

    def __init__(self, path: Path, sha256: str | None, wanted_version: str | None) -> None:
        self._path = path
        self._wanted_sha256 = sha256
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
            sha256 = hashlib.sha256(data).hexdigest()
            self._check_sha256(sha256)
            content = joblib.load(io.BytesIO(data))
            self._check_content(content)
        except Exception as error:  # A broken file can make joblib raise anything.
            log.exception("The model %s cannot be loaded", self._path)
            # Other messages may contain parts of the file.
            reason = str(error) if isinstance(error, WrongModel) else type(error).__name__
            self.fault = f"cannot be loaded: {reason}"
            return
        self.digest = sha256[:16]
        self._content = content
        self.fault = None
        log.info("The model %s of version %s is loaded", self._path, self.version)

    def _check_sha256(self, found: str) -> None:
        if self._wanted_sha256 is None:
            raise WrongModel("no SHA-256 is known for it; set MODEL_SHA256")
        if found != self._wanted_sha256:
            raise WrongModel(f"its SHA-256 is {found}, not {self._wanted_sha256}; for another model, set MODEL_SHA256")

    def _check_content(self, content: dict[str, Any]) -> None:
        if content["features"] != list(FEATURES):
            raise WrongModel("it expects other measurements than this app")
        if self._wanted_version not in (None, content["version"]):
            raise WrongModel(f"it has version {content['version']}, not {self._wanted_version}")

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
