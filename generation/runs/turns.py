"""One at a time, by PostgreSQL's advisory locks: for what has no row yet that could be locked."""

from django.db import connection


def take_turns(name: str) -> None:
    """Wait until nobody else is between this call with the same name and the end of its transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
