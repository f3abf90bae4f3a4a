"""Trying the filter on a copy of a run's candidates and reviews: what it finds is seen here alone, nobody
waits for it, and what people decide meanwhile changes nothing of it.

with on_copies(run): ...        # candidates and reviews are the copies, on this connection

The copies are temporary tables under the tables' own names, which PostgreSQL finds before these. They go at
the end, or with the connection.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction
from django.db.models import Max, Model, QuerySet

from generation.models import Candidate, ProfileReview, Review, Run


@contextmanager
def on_copies(run: Run) -> Iterator[None]:
    """Read and write copies of the run's candidates and of all its reviews meanwhile, as they stood."""
    with transaction.atomic():
        _copy(Review, Review.objects.filter(candidate__run=run))  # first: it is found by the candidates
        _copy(ProfileReview, ProfileReview.objects.filter(job__run=run))
        _copy(Candidate, Candidate.objects.filter(run=run))
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            for model in (Candidate, Review, ProfileReview):
                cursor.execute(f"DROP TABLE pg_temp.{_name(model)}")


def _copy[M: Model](model: type[M], rows: QuerySet[M]) -> None:
    """Keys stay; those of new rows follow."""
    name, own = _name(model), connection.ops.quote_name(f"{model._meta.db_table}_copy")
    columns = [field.attname for field in model._meta.concrete_fields]
    chosen, values = rows.order_by().values_list(*columns).query.sql_with_params()
    listed = ", ".join(connection.ops.quote_name(column) for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE {own} (LIKE {name} INCLUDING ALL)")
        cursor.execute(f"INSERT INTO {own} ({listed}) {chosen}", values)
        last = rows.aggregate(last=Max("pk"))["last"] or 0
        cursor.execute(f"ALTER TABLE {own} ALTER COLUMN id RESTART WITH {last + 1}")
        cursor.execute(f"ANALYZE {own}")
        cursor.execute(f"ALTER TABLE {own} RENAME TO {name}")


def _name(model: type[Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)
