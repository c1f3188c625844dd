import pytest
from flaskml.config import Config, ConfigError

COMPLETE = {"DATABASE_URL": "postgresql://u:p@h/d", "REDIS_URL": "redis://h", "SECRET_KEY": "s"}


def test_the_variables_of_the_chart_are_enough() -> None:
    config = Config.from_environment({**COMPLETE, "LOG_LEVEL": "WARNING", "BATCH_SIZE": "8", "MODEL_VERSION": "1.0.0"})
    assert (config.log_level, config.batch_size, config.model_version) == ("WARNING", 8, "1.0.0")


def test_every_fault_is_reported_at_once_without_secrets() -> None:
    with pytest.raises(ConfigError) as refusal:
        Config.from_environment(
            {
                "SECRET_KEY": "geheim",
                "LOG_LEVEL": "loud",
                "BATCH_SIZE": "0",
                "MONITORING_PORT": "http",
                "MODEL_SHA256": "abc",
            }
        )
    assert str(refusal.value).splitlines() == [
        "DATABASE_URL is not set",
        "REDIS_URL is not set",
        "LOG_LEVEL is 'LOUD', not one of DEBUG, INFO, WARNING, ERROR, CRITICAL",
        "BATCH_SIZE is '0', not a whole number above 0",
        "MONITORING_PORT is 'http', not a port",
        "MODEL_SHA256 does not have 64 hexadecimal digits",
    ]


def test_its_representation_hides_the_secrets() -> None:
    secrets = {"DATABASE_URL": "postgresql://u:geheim@h/d", "REDIS_URL": "redis://:geheim@h", "SECRET_KEY": "geheim"}
    config = Config.from_environment(secrets)
    assert "geheim" not in repr(config)
    assert "geheim" not in str(config)
