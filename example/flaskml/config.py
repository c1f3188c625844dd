"""Configuration, read only from the environment variables that the chart sets."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


class ConfigError(Exception):
    """A variable is missing or invalid. The message has one line per fault."""


@dataclass(frozen=True)
class Config:
    """The app's settings."""

    database_url: str
    redis_url: str
    secret_key: str
    app_name: str
    log_level: str
    model_path: Path
    #: Version that the model must have; None accepts any.
    model_version: str | None
    #: Largest number of instances in one request.
    batch_size: int

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
        if faults:
            raise ConfigError("\n".join(faults))
        return Config(
            database_url=env["DATABASE_URL"],
            redis_url=env["REDIS_URL"],
            secret_key=env["SECRET_KEY"],
            app_name=env.get("APP_NAME") or "flaskml",
            log_level=log_level,
            model_path=Path(env.get("MODEL_PATH") or Path(__file__).parent.parent / "model" / "model.joblib"),
            model_version=env.get("MODEL_VERSION") or None,
            batch_size=int(batch_size),
        )
