"""The log of predictions, in PostgreSQL. `flask db upgrade` creates its table."""

from datetime import datetime
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import BigInteger, DateTime, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """Base class of the tables."""


db = SQLAlchemy(model_class=Base)


class Prediction(Base):
    """One prediction that the service returned."""

    __tablename__ = "predictions"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now(), index=True)
    model_version: Mapped[str]
    instance: Mapped[dict[str, Any]] = mapped_column(JSONB)
    label: Mapped[str]
    cached: Mapped[bool]


def check_database() -> None:
    """Raises SQLAlchemyError if PostgreSQL does not answer, or if the table is missing."""
    try:
        db.session.execute(text("SELECT 1 FROM predictions LIMIT 1"))
    finally:
        db.session.rollback()
