"""A Flask service that predicts the species of an iris from its measurements."""

import logging

from flask import Flask
from flask_migrate import Migrate

from .cache import PredictionCache
from .config import Config
from .database import db
from .metrics import count_requests
from .model import Model
from .retention import delete_old_predictions
from .routes import routes


def create_app(config: Config | None = None) -> Flask:
    """Creates the app. Tests pass their own config; otherwise it comes from the environment."""
    config = config or Config.from_environment()
    logging.basicConfig(level=config.log_level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY=config.secret_key,
        BATCH_SIZE=config.batch_size,
        MONITORING_PORT=config.monitoring_port,
        # Enough for the largest batch, and too little to fill the memory.
        MAX_CONTENT_LENGTH=1024 * 1024,
        SQLALCHEMY_DATABASE_URI=config.database_url,
        SQLALCHEMY_ENGINE_OPTIONS={
            # Replaces a connection that the database has closed, for example when it restarted.
            "pool_pre_ping": True,
            "pool_timeout": 2,
            # Shorter than the readiness probe's timeout, so /ready can say what is missing. Migrations have limits of
            # their own (migrations/env.py).
            "connect_args": {"connect_timeout": 2, "options": "-c statement_timeout=2000"},
        },
    )
    db.init_app(app)
    Migrate(app, db)
    app.extensions["model"] = Model(config.model_path, config.model_sha256, config.model_version)
    app.extensions["cache"] = PredictionCache(config.redis_url)
    app.register_blueprint(routes)
    app.cli.add_command(delete_old_predictions)
    count_requests(app)
    return app
