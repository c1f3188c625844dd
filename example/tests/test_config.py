import pytest
from flaskml.config import Config, ConfigError

COMPLETE = {"DATABASE_URL": "postgresql://u:p@h/d", "REDIS_URL": "redis://h", "SECRET_KEY": "s"}


def test_what_the_chart_gives_is_enough() -> None:
    config = Config.from_environment({**COMPLETE, "LOG_LEVEL": "WARNING", "BATCH_SIZE": "8", "MODEL_VERSION": "1.0.0"})
    assert (config.log_level, config.batch_size, config.model_version) == ("WARNING", 8, "1.0.0")


def test_every_fault_is_told_at_once_and_no_secret() -> None:
    with pytest.raises(ConfigError) as refusal:
        Config.from_environment({"SECRET_KEY": "geheim", "LOG_LEVEL": "loud", "BATCH_SIZE": "0"})
    assert str(refusal.value).splitlines() == [
        "DATABASE_URL is not set",
        "REDIS_URL is not set",
        "LOG_LEVEL is 'LOUD', not one of DEBUG, INFO, WARNING, ERROR, CRITICAL",
        "BATCH_SIZE is '0', not a whole number above 0",
    ]
