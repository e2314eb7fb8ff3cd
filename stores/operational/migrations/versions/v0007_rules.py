"""Alert rules, times without alerts, and who has acknowledged an alert."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "rules",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("changed", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_rules"),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_rules_project_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_rules_project_id", "rules", ["project_id"])
    op.create_table(
        "quiets",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("rule_id", sa.Integer(), nullable=True),
        sa.Column("ends", sa.Double(), nullable=False),
        sa.Column("quiet", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_quiets"),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_quiets_project_id"),
        sa.ForeignKeyConstraint(["rule_id"], ["rules.id"], name="fk_quiets_rule_id", ondelete="CASCADE"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_quiets_project_id", "quiets", ["project_id"])
    op.create_table(
        "acknowledgements",
        sa.Column("alert_id", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("alert_id", name="pk_acknowledgements"),
    )
