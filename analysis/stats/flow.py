"""Who and what came how far, as CONSORT draws it, from the plan's account of the study and from the rows; and
the sizes of what was analysed."""

from collections.abc import Iterator

from analysis.messages import Message
from analysis.stats.plan import PEOPLE, WORK, Plan
from analysis.stats.report import Sizes, Step
from analysis.stats.tables import Source, Tables
from analysis.stats.values import used_names

# The step that each reason for leaving out rows belongs to.
STEPS = {
    **dict.fromkeys(("kind_practice", "kind_check", "kind_repeat", "kind_same"), "other_kinds"),
    **dict.fromkeys(("excluded", "excluded_others"), "excluded"),
    **dict.fromkeys(("rater_kind_person", "rater_kind_simulated", "rater_kind_model"), "other_raters"),
}
UNUSED = "unused"


def flow_steps(tables: Tables, plan: Plan, sizes: Sizes) -> tuple[Step, ...]:
    """People, assignments and rows in order. People and assignments stand there as `plan.study.flow` counts
    them; the rows of each table, and the raters of used rows, as they were read."""
    rows = (step for source in tables.sources for step in _rows(source))
    return (*_planned(plan), *rows, Step("analysed", "raters", sizes.raters))


def study_sizes(tables: Tables) -> Sizes:
    """Count what the used judgments and scores hold, whichever estimates they go into."""
    frames = [frame for frame in (tables.judgments, tables.scores) if frame is not None]

    def different(column: str) -> int:
        return len(set().union(*(used_names(frame[column]) for frame in frames)) - {""})

    judgments, scores = (0 if frame is None else len(frame) for frame in (tables.judgments, tables.scores))
    return Sizes(different("rater"), different("item"), different("series") or None, judgments, scores)


def _planned(plan: Plan) -> Iterator[Step]:
    counts = plan.study.get("flow", {})
    for unit, names in (("raters", PEOPLE), ("assignments", WORK)):
        for name in names:
            if name in counts:
                yield Step(name, unit, counts[name])


def _rows(source: Source) -> Iterator[Step]:
    yield Step("rows", "rows", source.rows, source.table)
    details: dict[str, dict[Message, int]] = {}
    for reason, count in source.left_out.items():
        details.setdefault(STEPS.get(reason.code, UNUSED), {})[reason] = count
    for name in (*dict.fromkeys(STEPS.values()), UNUSED):
        if name in details:
            yield Step(name, "rows", sum(details[name].values()), source.table, details[name])
    yield Step("analysed", "rows", source.used, source.table)
