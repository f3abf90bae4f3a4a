"""One at a time, by PostgreSQL's advisory locks: for what has no row yet that could be locked.

A check of an address takes that address for itself for as long as it lasts. The lock is its connection's, so
that one whose process dies leaves nothing behind.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


def advisory_lock(name: str) -> None:
    """Wait until nobody else is between this call with the same name and the end of its transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])


@contextmanager
def try_lock(name: str) -> Iterator[bool]:
    """True for one at a time with this name, until it leaves; false for whoever comes meanwhile."""
    free = _locked("pg_try_advisory_lock", name)
    try:
        yield free
    finally:
        if free:
            _locked("pg_advisory_unlock", name)


@contextmanager
def checking(address: str) -> Iterator[bool]:
    """Keep jobs from being claimed at an address meanwhile; false where another check does so already."""
    ours, shut = f"check of {address}", f"claims at {address}"
    if not _locked("pg_try_advisory_lock", ours):
        yield False
        return
    try:
        _locked("pg_advisory_lock", shut)  # waits for claims that are being made: some milliseconds
        yield True
    finally:
        _locked("pg_advisory_unlock", shut)
        _locked("pg_advisory_unlock", ours)


def is_checked(address: str) -> bool:
    """Whether a check is under way at an address; if not, none begins before this transaction's end."""
    return not _locked("pg_try_advisory_xact_lock_shared", f"claims at {address}")


def _locked(function: str, name: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(hashtextextended(%s, 0))", [name])
        row = cursor.fetchone()
    return bool(row and row[0])
