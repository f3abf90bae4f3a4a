"""The rows of one exported table, made in batches: a page or a file of any size needs little memory."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import batched
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet

if TYPE_CHECKING:
    import pandas as pd

Row = dict[str, str]
BATCH = 2000


@dataclass(frozen=True)
class TableRows:
    """The rows of one table in the published order.

    Parameters
    ----------
    table : its name in the codebook.
    others : rows that are made at once. They follow the stored ones; a small table has no others.
    stored : database rows in order, each of which gives one row of the table. None in a small table.
    render : makes the table's rows of a batch of stored ones.
    """

    table: str
    others: Sequence[Row] = ()
    stored: QuerySet[Any] | None = None
    render: Callable[[Sequence[Any]], Sequence[Row]] = list

    @cached_property
    def columns(self) -> list[str]:
        from analysis.codebook import column_names

        return column_names(self.table)

    @cached_property
    def _stored_count(self) -> int:
        return 0 if self.stored is None else self.stored.count()

    def __len__(self) -> int:
        return self._stored_count + len(self.others)

    def __getitem__(self, span: slice) -> list[Row]:
        """Some rows with every column; reads only these from the database."""
        begin, end, _ = span.indices(len(self))
        count = self._stored_count
        rows: list[Row] = []
        if self.stored is not None and begin < min(end, count):
            rows += self._render(list(self.stored.values_list("pk", flat=True)[begin : min(end, count)]))
        rows += self.others[max(begin - count, 0) : max(end - count, 0)]
        return [{name: row.get(name, "") for name in self.columns} for row in rows]

    def frame(self) -> "pd.DataFrame":
        """The whole table, for the statistics."""
        import pandas as pd

        return pd.concat(self.batches(BATCH), ignore_index=True)

    def batches(self, size: int) -> Iterator["pd.DataFrame"]:
        """The table as frames of at most `size` rows. An empty table gives one empty frame."""
        batches = self._batches(size)
        yield self._frame(next(batches, []))
        yield from map(self._frame, batches)

    def _batches(self, size: int) -> Iterator[Sequence[Row]]:
        if self.stored is not None:
            # The database sorts keys alone, once; the wide rows are read batch by batch.
            keys = self.stored.values_list("pk", flat=True).iterator(chunk_size=size)
            yield from map(self._render, batched(keys, size))
        yield from batched(self.others, size)

    def _render(self, keys: Sequence[int]) -> Sequence[Row]:
        assert self.stored is not None
        return self.render(list(self.stored.filter(pk__in=keys)))

    def _frame(self, rows: Sequence[Row]) -> "pd.DataFrame":
        import pandas as pd

        cells = [[row.get(name, "") for name in self.columns] for row in rows]
        return pd.DataFrame(cells, columns=self.columns)
