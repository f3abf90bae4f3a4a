"""A trial of the filter: everything that it writes is rolled back."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def rolled_back() -> Iterator[None]:
    """Run in a transaction that sees the database as it is now, and roll it back at the end.

    Changes that others commit meanwhile are not seen. PostgreSQL raises an `OperationalError` (serialization
    failure) when the trial writes to a row that somebody has changed meanwhile.
    """
    is_outermost = not connection.in_atomic_block
    with transaction.atomic():
        if is_outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield
        transaction.set_rollback(True)
