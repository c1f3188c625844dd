"""A Flask service that predicts the species of an iris from its measures."""

import logging

from flask import Flask
from flask_migrate import Migrate

from .cache import PredictionCache
from .config import Config
from .database import db
from .metrics import count_requests
from .model import Model
from .routes import routes


def create_app(config: Config | None = None) -> Flask:
    """Makes the app; `config` is that of the environment unless a test gives another one."""
    config = config or Config.from_environment()
    logging.basicConfig(level=config.log_level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY=config.secret_key,
        BATCH_SIZE=config.batch_size,
        # Large enough for any batch that is accepted, and far from what would fill the memory.
        MAX_CONTENT_LENGTH=1024 * 1024,
        SQLALCHEMY_DATABASE_URI=config.database_url,
        SQLALCHEMY_ENGINE_OPTIONS={
            # A connection that the database has closed, as after its restart, is replaced.
            "pool_pre_ping": True,
            "pool_timeout": 2,
            # Shorter than the readiness probe's timeout, so that /ready can tell what is missing.
            "connect_args": {"connect_timeout": 2, "options": "-c statement_timeout=2000"},
        },
    )
    db.init_app(app)
    Migrate(app, db)
    app.extensions["model"] = Model(config.model_path, config.model_version)
    app.extensions["cache"] = PredictionCache(config.redis_url)
    app.register_blueprint(routes)
    count_requests(app)
    return app
