"""Who is to be compared"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('uncompared',
    sa.Column('workspace', sa.String(length=64), nullable=False),
    sa.Column('link', sa.String(length=36), nullable=False),
    sa.PrimaryKeyConstraint('workspace', 'link', name=op.f('pk_uncompared'))
    )
    # what was compared by the rules before may be missing some: everybody who shares a key is asked after once more
    op.execute("INSERT INTO uncompared (workspace, link) SELECT DISTINCT workspace, link FROM identity_key")
