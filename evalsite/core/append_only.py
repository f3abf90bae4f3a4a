"""Tables that only grow: a trigger refuses change and removal, whoever asks and by whatever route."""

from collections.abc import Sequence

from django.db import migrations

FUNCTION = """
CREATE OR REPLACE FUNCTION evalsite_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END $$;
"""


def create_function() -> migrations.RunSQL:
    return migrations.RunSQL(FUNCTION, "DROP FUNCTION evalsite_refuse_change()")


def append_only(table: str, *, columns: Sequence[str] = (), removable: bool = False) -> migrations.RunSQL:
    """Guards `table`: all columns unless some are named; against removal too unless `removable`."""
    of_columns = f" OF {', '.join(columns)}" if columns else ""
    what = f"UPDATE{of_columns}" if removable else f"UPDATE{of_columns} OR DELETE"
    return migrations.RunSQL(
        f"CREATE TRIGGER {table}_append_only BEFORE {what} ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION evalsite_refuse_change()",
        f"DROP TRIGGER {table}_append_only ON {table}",
    )


def no_truncate(*tables: str) -> list[migrations.RunSQL]:
    """Guards tables against TRUNCATE, which triggers for single rows do not see."""
    return [
        migrations.RunSQL(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION evalsite_refuse_change()",
            f"DROP TRIGGER {table}_no_truncate ON {table}",
        )
        for table in tables
    ]
