"""The log of predictions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "predictions",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("model_version", sa.String, nullable=False),
        sa.Column("instance", JSONB, nullable=False),
        sa.Column("label", sa.String, nullable=False),
        sa.Column("cached", sa.Boolean, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("predictions")
