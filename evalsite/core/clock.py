"""Time, by the one clock that all processes share: the database's."""

from datetime import datetime

from django.db import connection


def database_now() -> datetime:
    """The moment by the database's clock, also within a transaction that began long ago (aware, UTC)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (moment,) = cursor.fetchone()
    return moment  # type: ignore[no-any-return]
