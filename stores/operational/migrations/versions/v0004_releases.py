"""Releases and their commits."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "releases",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("created", sa.Double(), nullable=False),
        sa.Column("commits", sa.Text(), nullable=False),
        sa.Column("commit_count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "version", name="pk_releases"),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_releases_project_id"),
    )
    op.create_index("ix_releases_project_id_created", "releases", ["project_id", "created"])
