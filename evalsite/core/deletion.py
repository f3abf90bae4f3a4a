"""Deleting rows with what belongs to them, as a database role that may not delete from every table."""

from typing import Any

from django.db.models import Model, QuerySet
from django.db.models.deletion import Collector


def delete_rows(rows: QuerySet[Any]) -> None:
    """Delete like `rows.delete()`, but send no DELETE to a table that has no row to delete.

    Django sends one to every related table, and PostgreSQL asks for the right even if no row matches.
    """
    collector = Collector(using=rows.db, origin=rows)
    collector.collect(rows)
    collector.fast_deletes = [each for each in collector.fast_deletes if _has_rows(each)]
    collector.delete()


def _has_rows(found: "QuerySet[Any] | list[Model]") -> bool:
    return found.exists() if isinstance(found, QuerySet) else bool(found)
