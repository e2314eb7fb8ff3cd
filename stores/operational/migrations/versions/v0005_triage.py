"""What people decide about issues, which they have merged, and what they did."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "triage",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("issue_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("assignee", sa.Text(), nullable=True),
        sa.Column("changed", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "issue_id", name="pk_triage"),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_triage_project_id"),
    )
    op.create_index("ix_triage_changed", "triage", ["project_id", "changed"])
    op.create_table(
        "merges",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("issue_id", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.Text(), nullable=False),
        sa.Column("adopted", sa.Integer(), nullable=True),
        sa.Column("decision_before", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("project_id", "issue_id", name="pk_merges"),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_merges_project_id"),
    )
    op.create_table(
        "activity",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("issue_id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_activity"),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_activity_project_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_activity_issue", "activity", ["project_id", "issue_id", "at"])
