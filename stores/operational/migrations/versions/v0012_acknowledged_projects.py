"""Whose alerts were acknowledged, so that it goes with its project."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Add the column. Of acknowledgements from before, the project is known where the alert was sent to a channel; the others
    go with the alerts themselves, by their age."""
    op.add_column("acknowledgements", sa.Column("project_id", sa.Integer(), nullable=True))
    op.create_index("ix_acknowledgements_project_id", "acknowledgements", ["project_id"])
    op.execute(
        "UPDATE acknowledgements SET project_id = (SELECT max(project_id) FROM deliveries"
        " WHERE deliveries.alert_id = acknowledgements.alert_id)"
    )
