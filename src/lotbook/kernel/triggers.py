"""Tables that are written once: triggers refuse UPDATE and DELETE, whoever tries."""

from __future__ import annotations

from typing import Any

from django.db import migrations


def write_once(table: str, remedy: str) -> migrations.RunPython:
    """A step of a migration after which rows of ``table`` stay; ``remedy`` says what to do instead.

    What later migrations do to the table's shape on SQLite makes it anew, without its triggers: repeat this
    step after them.
    """

    def guard(apps: Any, schema_editor: Any) -> None:
        statements = _postgres if schema_editor.connection.vendor == "postgresql" else _sqlite
        for statement in statements(table, f"the book is written once: {table} takes no {{act}}; {remedy}"):
            schema_editor.execute(statement, params=None)

    return migrations.RunPython(guard, migrations.RunPython.noop)


def _postgres(table: str, words: str) -> list[str]:
    said = words.replace("'", "''").format(act="%")
    return [
        f"""CREATE OR REPLACE FUNCTION {table}_written_once() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION '{said}', TG_OP USING ERRCODE = 'restrict_violation'; END $$""",
        f"""CREATE OR REPLACE TRIGGER {table}_written_once BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION {table}_written_once()""",
        f"""CREATE OR REPLACE TRIGGER {table}_not_emptied BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION {table}_written_once()""",
    ]


def _sqlite(table: str, words: str) -> list[str]:
    return [
        f"""CREATE TRIGGER IF NOT EXISTS {table}_no_{act.lower()} BEFORE {act} ON {table} BEGIN
            SELECT RAISE(ABORT, '{words.replace("'", "''").format(act=act)}'); END"""
        for act in ("UPDATE", "DELETE")
    ]
