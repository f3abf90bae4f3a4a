"""The funnel of a run: how many scenes come into each step and go on, and why the others do not."""

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

from django.db.models import Count, QuerySet
from django.db.models.fields.json import KeyTextTransform

from generation.models import Run
from generation.training_data.datasets import steps
from generation.training_data.models import Candidate
from generation.training_data.synthesis.recipe import FilterSpec, filter_of


@dataclass(frozen=True, slots=True)
class Step:
    """One step. `rejected` counts by the key of the reason; what comes in less these is what goes on."""

    step: str
    rule: str
    count_in: int
    count_out: int
    rejected: dict[str, int]

    def as_record(self) -> dict[str, Any]:
        record = asdict(self)
        record["in"], record["out"] = record.pop("count_in"), record.pop("count_out")
        return record


@dataclass(frozen=True, slots=True)
class Funnel:
    """All steps in their order; empty where nothing has been filtered yet."""

    steps: tuple[Step, ...]

    @property
    def total(self) -> int:
        return self.steps[0].count_in if self.steps else 0

    @property
    def kept(self) -> int:
        return self.steps[-1].count_out if self.steps else 0

    def as_record(self) -> list[dict[str, Any]]:
        return [step.as_record() for step in self.steps]


def _key_of() -> KeyTextTransform:
    """Return the code of a reason."""
    return KeyTextTransform("code", "reason")


def candidates_at(run: Run, step: str, key: str = "") -> QuerySet[Candidate]:
    """Those that fell at a step, for one reason or for any."""
    rows = Candidate.objects.filter(run=run, dropped_at=step).annotate(key=_key_of())
    return rows.filter(key=key) if key else rows


def funnel_of(run: Run) -> Funnel:
    """The counts as they stand in the candidates' rows."""
    rows = Candidate.objects.filter(run=run).order_by().annotate(key=_key_of())
    counts: dict[str, Counter[str]] = {step: Counter() for step in steps.STEPS}
    left = 0
    for step, key, count in (
        rows.values("dropped_at", "key").annotate(n=Count("pk")).values_list("dropped_at", "key", "n")
    ):
        if step:
            counts[step][key] += count
        else:
            left += count
    total = left + sum(sum(each.values()) for each in counts.values())
    return _funnel(filter_of(run.frozen_settings["recipe"]), counts, total) if total else Funnel(())


def _funnel(rules: FilterSpec, counts: dict[str, Counter[str]], total: int) -> Funnel:
    found, now = [], total
    for step in steps.STEPS:
        rejected = dict(sorted(counts[step].items(), key=lambda each: (-each[1], each[0])))
        out = now - sum(rejected.values())
        found.append(Step(step, steps.plain_rule(step, rules), now, out, rejected))
        now = out
    return Funnel(tuple(found))
