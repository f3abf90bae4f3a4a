"""Changing the database past its triggers, as its owner can."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def unguarded() -> Iterator[None]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        yield
        cursor.execute("SET LOCAL session_replication_role = origin")


def run_sql(statement: str) -> int:
    """Run a statement past all triggers; how many rows it changed."""
    with unguarded(), connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.rowcount
