"""Who was erased, and is known again"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('erasure',
    sa.Column('workspace', sa.String(length=64), nullable=False),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('contact', sa.String(length=36), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('by', sa.String(length=120), nullable=False),
    sa.Column('at', sa.Float(), nullable=False),
    sa.Column('done_at', sa.Float(), nullable=True),
    sa.Column('body', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('workspace', 'id', name=op.f('pk_erasure'))
    )
    op.create_table('suppression',
    sa.Column('workspace', sa.String(length=64), nullable=False),
    sa.Column('kind', sa.String(length=48), nullable=False),
    sa.Column('hash', sa.String(length=32), nullable=False),
    sa.Column('erasure', sa.String(length=36), nullable=False),
    sa.PrimaryKeyConstraint('workspace', 'kind', 'hash', 'erasure', name=op.f('pk_suppression'))
    )
    op.create_table('returned',
    sa.Column('workspace', sa.String(length=64), nullable=False),
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('erasure', sa.String(length=36), nullable=False),
    sa.Column('system', sa.String(length=64), nullable=False),
    sa.Column('hash', sa.String(length=32), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('at', sa.Float(), nullable=False),
    sa.Column('decided_by', sa.String(length=120), nullable=True),
    sa.Column('body', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('workspace', 'id', name=op.f('pk_returned')),
    sa.UniqueConstraint('workspace', 'hash', name=op.f('uq_returned_workspace_hash'))
    )
