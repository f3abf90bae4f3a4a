"""The rows of one exported table, made in batches: a page or a file of any size needs little memory.

If the plan counts a missing script as a loss, the judgments table also has rows for pairs without that
script. No rater saw these pairs, and the study stores nothing of them. The draw is repeated to find them,
which needs the nonce that unblinding publishes.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import batched
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet

from annotations.blinding import study_draw
from annotations.models import Assignment, Rater, RevealedEntry, Study
from annotations.spec import forfeits
from annotations.spec.values import ScriptKey, from_json

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
        from analysis.tables.codebook import column_names

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


def imputed_rows(study: Study) -> list[Row]:
    """Rows for pairs with a missing script, one per criterion: the script that exists wins, or `neither`.

    Empty unless the plan counts a missing script as a loss. A seat in which a rater has judged contributes
    all its lost pairs, since the outcome does not depend on the rater. Other seats contribute none. The rows
    name the rater who judged last in the seat, and have no position, seconds, strength, lengths or time.
    """
    spec = from_json(study.spec)
    gone = forfeits.missing_scripts(spec)
    if spec.plan.missing_script != "loss" or not gone:
        return []
    if not study.draw_nonce:
        raise ValueError(f"study {study.slug} has no nonce: its draw cannot be made again")
    briefs = {brief.slug: brief for brief in study.briefs.all()}
    raters, scripts = _raters(study), _scripts(study)
    rows = []
    for each in forfeits.find_forfeits(study_draw.draw_main_slots(study, study.draw_nonce), gone):
        if (rater := raters.get(each.seat)) is None:
            continue
        slot, brief = each.slot, briefs[each.slot.brief]
        left, right = (slot.first, slot.second) if slot.first_on_left else (slot.second, slot.first)
        common = {
            "study": study.slug,
            "assignment": each.code,
            "item": brief.slug,
            "series": brief.series_slug,
            "language": brief.language,
            "rater": rater.code,
            "rater_kind": rater.kind,
            "left_system": left,
            "right_system": right,
            "left_script": scripts.get((brief.slug, left), ""),
            "right_script": scripts.get((brief.slug, right), ""),
            "choice": each.choice,
            "kind": "main",
            "imputed": "true",
        }
        rows += [common | {"criterion": criterion.slug} for criterion in spec.criteria]
    return sorted(rows, key=lambda row: (row["rater"], row["item"], row["assignment"]))


def _raters(study: Study) -> dict[int, Rater]:
    """The rater who judged last in each seat, by its number. Excluded judgments do not count."""
    made = (
        Assignment.objects.filter(
            slot__seat__study=study, state=Assignment.State.SUBMITTED, excluded="", slot__pairing__kind="main"
        )
        .select_related("rater", "slot__seat")
        .order_by("submitted_at", "pk")
    )
    return {row.slot.seat.number: row.rater for row in made}


def _scripts(study: Study) -> dict[ScriptKey, str]:
    """The digest of the script of each brief and system that there is."""
    rows = RevealedEntry.objects.filter(entry__study_brief__study=study)
    return {
        (brief, system): digest
        for brief, system, digest in rows.values_list(
            "entry__study_brief__slug", "system_slug", "script_digest"
        )
    }
