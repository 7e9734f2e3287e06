"""Sequences come from the database, and what is written stays: triggers refuse UPDATE and DELETE."""

from typing import Any

from django.db import migrations

TABLES = ["ledger_event", "ledger_movement", "ledger_mention", "ledger_packing"]


def postgres(table: str) -> list[str]:
    return [
        f"""CREATE TRIGGER {table}_written_once BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION ledger_written_once()""",
        f"""CREATE TRIGGER {table}_not_emptied BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION ledger_written_once()""",
    ]


def sqlite(table: str) -> list[str]:
    return [
        f"""CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} BEGIN
            SELECT RAISE(ABORT, 'the book is written once: {table} takes no {act}; post a reversing event'); END"""
        for act in ("UPDATE", "DELETE")
    ]


def guard(apps: Any, schema_editor: Any) -> None:
    statements: list[str] = []
    if schema_editor.connection.vendor == "postgresql":
        statements.append("CREATE SEQUENCE ledger_event_sequence")
        statements.append(
            """CREATE FUNCTION ledger_written_once() RETURNS trigger LANGUAGE plpgsql AS $$
               BEGIN
                 RAISE EXCEPTION 'the book is written once: % takes no %; post a reversing event',
                   TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
               END $$"""
        )
        statements += [sql for table in TABLES for sql in postgres(table)]
    else:
        statements += [sql for table in TABLES for sql in sqlite(table)]
    for statement in statements:
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]
    operations = [migrations.RunPython(guard, migrations.RunPython.noop)]
