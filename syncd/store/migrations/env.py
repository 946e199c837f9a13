"""Where does Alembic run? On the connection, and in the transaction, that `syncd.store.migrate` hands over."""

from __future__ import annotations

from alembic import context

from syncd.store.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
