"""Environment of the steps: the caller's connection, inside the caller's transaction."""

from __future__ import annotations

from alembic import context

from api.database.tables import METADATA

__all__ = []

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,
    transactional_ddl=False,  # the transaction is the caller's, and so is its end
)
context.run_migrations()
