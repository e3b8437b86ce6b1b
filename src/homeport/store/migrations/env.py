"""Alembic's entry point: the connection is handed in by `homeport.store.migrate`."""

from alembic import context

attributes = context.config.attributes
context.configure(
    connection=attributes["connection"],
    target_metadata=attributes.get("target_metadata"),
    render_item=attributes.get("render_item"),
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
