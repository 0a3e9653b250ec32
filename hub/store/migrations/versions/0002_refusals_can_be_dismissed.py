"""Refusals can be dismissed"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('parked', sa.Column('dismissed_by', sa.String(length=120), nullable=True))
