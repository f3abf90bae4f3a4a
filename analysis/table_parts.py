"""What all tables are made with: cells as text, frames of rows, and the seal in front of both.

Pandas and the statistics are imported where a table is made: the web server starts without them.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from annotations.models import Study

if TYPE_CHECKING:
    import pandas as pd

Row = dict[str, str]


class Sealed(Exception):
    """The study is not unblinded: nothing that tells results or systems may leave it."""

    def __init__(self, study: Study) -> None:
        super().__init__(
            f"study {study.slug} is {study.state}: its results stay sealed until two people have unblinded it"
        )


def require_unblinded(study: Study) -> None:
    """Raises Sealed unless two people have opened the seal."""
    if study.is_sealed:
        raise Sealed(study)


def cell(value: Any) -> str:
    """One value as the tables write it; what was not asked is empty."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, float):
        return f"{value:.12g}"
    return str(value)


def frame_of(columns: Iterable[str], rows: list[Row]) -> "pd.DataFrame":
    import pandas as pd

    return pd.DataFrame([[row.get(name, "") for name in columns] for row in rows], columns=list(columns))


def names_of(table: str) -> list[str]:
    from analysis.stats.tables.columns import COLUMNS

    return [column.name for column in COLUMNS[table]]
