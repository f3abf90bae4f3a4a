"""One at a time, by PostgreSQL's advisory locks: for work, and for what has no row yet that could be locked.

PostgreSQL releases a lock with the connection of a killed process.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


def advisory_lock(name: str) -> None:
    """Wait until no other transaction holds the lock of this name, and hold it until this one ends."""
    call_lock_function("pg_advisory_xact_lock", name)


@contextmanager
def try_lock(name: str) -> Iterator[bool]:
    """True for one at a time with this name, until it leaves; false for all others meanwhile."""
    free = call_lock_function("pg_try_advisory_lock", name)
    try:
        yield free
    finally:
        if free:
            call_lock_function("pg_advisory_unlock", name)


def call_lock_function(function: str, name: str) -> bool:
    """Call a lock function of PostgreSQL with the number of a name, and return its answer."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(hashtextextended(%s, 0))", [name])
        row = cursor.fetchone()
    return bool(row and row[0])
