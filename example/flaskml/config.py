"""Configuration, read only from the environment variables that the chart sets."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

#: The model in the image. The file next to it, with the suffix .sha256, has its SHA-256.
MODEL_IN_IMAGE = Path(__file__).parent.parent / "model" / "model.joblib"
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


class ConfigError(Exception):
    """A variable is missing or invalid. The message has one line per fault."""


@dataclass(frozen=True)
class Config:
    """The app's settings."""

    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    secret_key: str = field(repr=False)
    app_name: str
    log_level: str
    model_path: Path
    #: SHA-256 that the model must have, in hexadecimal; None if none is known, and then no model is loaded.
    model_sha256: str | None
    #: Version that the model must have; None accepts any.
    model_version: str | None
    #: Largest number of instances in one request.
    batch_size: int
    #: Port of the probes and metrics.
    monitoring_port: int

    @staticmethod
    def from_environment(env: Mapping[str, str] = os.environ) -> "Config":
        """Reads the environment.

        Raises ConfigError with all faults at once. The message contains no secret.
        """
        faults = [f"{name} is not set" for name in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY") if not env.get(name)]
        log_level = env.get("LOG_LEVEL", "INFO").upper()
        if log_level not in LOG_LEVELS:
            faults.append(f"LOG_LEVEL is {log_level!r}, not one of {', '.join(LOG_LEVELS)}")
        batch_size = env.get("BATCH_SIZE", "32")
        if not batch_size.isdecimal() or int(batch_size) < 1:
            faults.append(f"BATCH_SIZE is {batch_size!r}, not a whole number above 0")
        monitoring_port = env.get("MONITORING_PORT", "9090")
        if not monitoring_port.isdecimal() or not 1 <= int(monitoring_port) <= 65535:
            faults.append(f"MONITORING_PORT is {monitoring_port!r}, not a port")
        model_sha256 = env.get("MODEL_SHA256", "").lower()
        if model_sha256 and not re.fullmatch("[0-9a-f]{64}", model_sha256):
            faults.append("MODEL_SHA256 does not have 64 hexadecimal digits")
        if faults:
            raise ConfigError("\n".join(faults))
        return Config(
            database_url=env["DATABASE_URL"],
            redis_url=env["REDIS_URL"],
            secret_key=env["SECRET_KEY"],
            app_name=env.get("APP_NAME") or "flaskml",
            log_level=log_level,
            model_path=Path(env.get("MODEL_PATH") or MODEL_IN_IMAGE),
            model_sha256=model_sha256 or _sha256_in_image(),
            model_version=env.get("MODEL_VERSION") or None,
            batch_size=int(batch_size),
            monitoring_port=int(monitoring_port),
        )


def _sha256_in_image() -> str | None:
    """SHA-256 of the model in the image. Only who builds the image can change it, unlike a model on a volume."""
    file = MODEL_IN_IMAGE.with_name(f"{MODEL_IN_IMAGE.name}.sha256")
    return file.read_text().strip() if file.exists() else None
