"""Alembic's entry point: it runs the migrations on the connection that ``migrate.py`` hands over."""

from alembic import context

from stores.operational.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
