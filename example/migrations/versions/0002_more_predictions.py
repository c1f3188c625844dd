"""Room for more than 2**31 predictions, and an index to find old ones."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    # This rewrites the table and locks it meanwhile: about a minute for ten million rows.
    op.alter_column("predictions", "id", existing_type=sa.Integer, type_=sa.BigInteger)
    op.execute("ALTER SEQUENCE predictions_id_seq AS bigint")
    op.create_index("ix_predictions_created_at", "predictions", ["created_at"])


def downgrade() -> None:
    op.drop_index("ix_predictions_created_at", "predictions")
    op.execute("ALTER SEQUENCE predictions_id_seq AS integer")
    op.alter_column("predictions", "id", existing_type=sa.BigInteger, type_=sa.Integer)
