"""The data behind the results: who took part, and which scripts raters read."""

from collections.abc import Mapping, Sequence
from typing import Any

from analysis.render import entries as ask
from analysis.render import numbers
from analysis.render.document import Block, Cell, Column, Facts, Table
from analysis.render.entries import Entry
from analysis.render.fields import (
    Context,
    Shape,
    always,
    estimate,
    interval,
    named,
    number,
    optional,
    system_column,
    table,
)
from analysis.render.words import clean


def flow(ctx: Context) -> list[Block]:
    """How many raters, assignments and rows came through each step."""
    steps, words = ask.entries(ctx.report, "flow"), ctx.words
    if not steps:
        return []
    columns = [Column(words(key), numeric=key == "count") for key in ("step", "unit", "count", "detail")]
    rows = [
        [
            Cell(step_name(ctx, step)),
            Cell(unit_name(ctx, step)),
            Cell(numbers.count(step.get("count") or 0), "number", raw=step.get("count") or 0),
            Cell(details(ctx, step.get("detail_codes"))),
        ]
        for step in steps
    ]
    return [Table("flow", words("cap_flow"), columns, rows, heads=2, listed=True)]


def step_name(ctx: Context, step: Entry) -> str:
    name = str(step.get("step") or "")
    return ctx.words.known(f"step_{name}", clean(name))


def unit_name(ctx: Context, step: Entry) -> str:
    """What is counted; of rows also of which table."""
    words = ctx.words
    said = words.known(f"unit_{step.get('unit')}", clean(str(step.get("unit") or "")))
    if step.get("table"):
        said = words("unit_of", unit=said, table=words.known(f"table_{step['table']}", str(step["table"])))
    return said


def details(ctx: Context, detail: Any) -> str:
    """Counts by reason as one line."""
    if not detail:
        return numbers.DASH
    pairs = [(ctx.words.detail(reason), numbers.count(count)) for reason, count in ask.counts(detail)]
    return ctx.words("clause_sep").join(ctx.words("detail_one", reason=why, n=n) for why, n in pairs)


def lengths(ctx: Context) -> list[Block]:
    """How long the scripts are."""
    words = ctx.words
    # Scripts are measured, not judged: a length has no raters.
    rows = [{**entry, "raters": None} for entry in ask.entries(ctx.report, "lengths")]
    if not rows:
        return []
    shape = Shape(always(lambda value: numbers.fixed(value, 0)), "", "n_scripts")
    fields = [
        system_column(ctx),
        estimate(ctx, words("mean_length"), shape),
        interval(ctx, rows, shape),
        number(words("median"), "median", lambda value: numbers.fixed(value, 0)),
        number(words("sd"), "sd", lambda value: numbers.fixed(value, 0)),
        named(ctx, "unit", "unit"),
    ]
    notes = [words("note_lengths")]
    return [table(ctx, "lengths", words("cap_lengths"), rows, fields, shape=shape, notes=notes)]


def say_unblinding(ctx: Context) -> str:
    """Who unblinded the study, and when; empty for tables that come without a study."""
    told = ctx.study.get("unblinding")
    if not told:
        return ""
    first, second = told["steps"]
    return ctx.words(
        "say_unblinded", at=_time(second["at"]), first=clean(first["who"]), second=clean(second["who"])
    )


def unblinding_in_brief(ctx: Context) -> str:
    """The same with how and where, and what was changed since, in one line for the short report."""
    words, told = ctx.words, ctx.study.get("unblinding")
    if not told:
        return ""
    first, second = told["steps"]
    return words(
        "short_unblinded",
        first=clean(first["who"]),
        second=clean(second["who"]),
        how=words.known(f"factor_{first['factor']}", numbers.DASH),
        again=words.known(f"factor_{second['factor']}", numbers.DASH),
        at=_time(second["at"]),
        place=words.known(f"place_{told['place']}", numbers.DASH),
        events=numbers.count(first["account_events"] + second["account_events"]),
        amendments=numbers.count(len(ctx.study.get("amendments") or ())),
    )


def unblinding(ctx: Context) -> list[Block]:
    """Who requested and confirmed the unblinding, how and where, and the amendments of the study."""
    words, told = ctx.words, ctx.study.get("unblinding")
    found: list[Block] = []
    if told:
        headings = ("step", "person", "at", "second_factor", "place")
        columns = [Column(words(key), numeric=False) for key in headings]
        columns.append(Column(words("account_events")))
        rows = [
            [
                Cell(words(f"unblinding_{step['step']}")),
                Cell(clean(step["who"])),
                Cell(_time(step["at"])),
                Cell(words.known(f"factor_{step['factor']}", numbers.DASH)),
                Cell(words.known(f"place_{told['place']}", numbers.DASH)),
                Cell(numbers.count(step["account_events"]), "number", raw=step["account_events"]),
            ]
            for step in told["steps"]
        ]
        found.append(Table("unblinding", words("cap_unblinding"), columns, rows, notes=_notes(ctx, told)))
    if amendments := ctx.study.get("amendments"):
        columns = [Column(words(key), numeric=False) for key in ("at", "person", "amendment")]
        rows = [
            [Cell(_time(row["at"])), Cell(clean(row["who"])), Cell(_amendment(ctx, row))]
            for row in amendments
        ]
        found.append(Table("amendments", words("cap_amendments"), columns, rows, listed=True))
    return found


def _notes(ctx: Context, told: Mapping[str, Any]) -> list[str]:
    words, names = ctx.words, [clean(name) for name in told["unblinders"]]
    notes = [words("note_unblinders", names=", ".join(names)) if names else words("note_no_unblinders")]
    if any(step["factor"] == "off" for step in told["steps"]):
        notes.append(words("note_factor_off"))
    if told["place"] == "console":
        notes.append(words("note_console"))
    if (checked := told.get("checked")) is not None:
        marked = [clean(code.partition(":")[2]) for code in checked if code.startswith("unconfirmed:")]
        codes = [code for code in checked if not code.startswith("unconfirmed:")]
        checks = words("clause_sep").join(words.known(f"checked_{code}", code) for code in codes)
        notes.append(words("note_checked", checks=checks) if codes else words("note_unchecked"))
        if marked:
            notes.append(words("note_unconfirmed", names=", ".join(marked)))
    for key in ("shared", "withheld"):
        if told.get(key):
            notes.append(words(f"note_{key}", studies=", ".join(map(clean, told[key]))))
    for line in told.get("earlier", ()):
        key = "note_revealed_earlier" if line["revealed"] else "note_withheld_earlier"
        notes.append(words(key, study=clean(line["study"]), n=line["scripts"], at=_time(line["at"])))
    return notes


def _amendment(ctx: Context, row: Mapping[str, Any]) -> str:
    change, text = row.get("unblinder"), clean(row["text"])
    if not change:
        return text
    return ctx.words(
        "amendment_unblinder_stays" if change["old"] == change["new"] else "amendment_unblinder",
        old=clean(change["old"]),
        new=clean(change["new"]),
        by=clean(change["requested_by"]),
        accepted=clean(change["accepted_by"]),
        text=text,
    )


def _time(at: str) -> str:
    """A time of report.json to the minute."""
    return f"{at[:16].replace('T', ' ')} UTC"


def writers(ctx: Context) -> list[str]:
    """How many writers the human scripts of a study name."""
    scripts = ctx.study.get("scripts") or {}
    counts = {name: scripts[name].get("writers") for name in ctx.plan.get("human") or () if name in scripts}
    return [
        ctx.words("say_writers" if n else "say_no_writers", system=ctx.quoted(name), n=n)
        for name, n in counts.items()
    ]


CELLS = ("assigned", "submitted", "skipped", "missing")
FACTS = ("scripts", "writers", "redraws", "failures", "refusals", "rejected", "off_format")


def scripts(ctx: Context) -> list[Block]:
    """Writers, redraws, failures, refusals, rejections and faults of format, as the study counted them."""
    return _by_system(ctx, "scripts", FACTS)


def missing(ctx: Context) -> list[Block]:
    """How many drawn cells of each system have no judgment, and how many of these raters skipped."""
    return _by_system(ctx, "missing", CELLS, [ctx.words("note_missing")])


def _by_system(ctx: Context, id: str, keys: Sequence[str], notes: Sequence[str] = ()) -> list[Block]:
    """A table of counts that the study has for each system."""
    counts: Mapping[str, Mapping[str, int]] = ctx.study.get(id) or {}
    known = [key for key in keys if any(key in facts for facts in counts.values())]
    names = [name for name in ask.systems(ctx.report) if name in counts]
    if not known or not names:
        return []
    label = {"scripts": "n_scripts"} | {key: f"cells_{key}" for key in CELLS}
    columns = [Column(ctx.words("system"), numeric=False)]
    columns += [Column(ctx.words(label.get(key, key))) for key in known]
    cells = [optional(key, numbers.count) for key in known]
    rows = [[Cell(ctx.system(name)), *(cell(counts[name]) for cell in cells)] for name in names]
    return [Table(id, ctx.words(f"cap_{id}"), columns, rows, notes=notes)]


def excluded_by_hand(ctx: Context) -> int:
    """How many answers are excluded by the last decision of a person."""
    events = ctx.study.get("exclusions") or ()
    return sum({(event["rater"], event["position"]): event["excluded"] for event in events}.values())


def exclusions(ctx: Context) -> list[Block]:
    """Planned and applied exclusions, and the answers that a person excluded by hand, with the reason."""
    events: Sequence[Mapping[str, Any]] = ctx.study.get("exclusions") or []
    words, planned = ctx.words, ctx.study.get("planned_exclusions")
    found: list[Block] = []
    if planned is not None:
        named = [*map(clean, planned)] or [words("plan_names_none")]
        steps = [e for e in ask.entries(ctx.report, "flow") if e.get("step") == "excluded" and e.get("table")]
        applied = [(unit_name(ctx, step), Cell(details(ctx, step.get("detail_codes")))) for step in steps]
        pairs = [(words("planned_exclusions"), Cell(each)) for each in named]
        pairs += [(words("applied_exclusions", what=what), cell) for what, cell in applied]
        found.append(Facts(pairs))
    if not events:
        return found
    heads = [*(f"excluded_{key}" for key in ("at", "rater", "position", "event", "role")), "reason"]
    columns = [Column(words(head), numeric=False) for head in heads]
    rows = [
        [
            Cell(clean(str(event["at"]))[:16].replace("T", " ")),
            Cell(clean(str(event["rater"])), "code"),
            Cell(numbers.count(event["position"]), "number", raw=event["position"]),
            Cell(words("event_excluded" if event["excluded"] else "event_included")),
            Cell(words.known(f"decided_by_{event['role']}", clean(str(event["role"])))),
            Cell(clean(str(event["reason"]))),
        ]
        for event in events
    ]
    notes = [words("note_exclusions")]
    if ask.entries(ctx.report, "sensitivity"):
        notes.append(words("note_exclusions_result"))
    if excluded_by_hand(ctx) and planned == []:
        notes.insert(0, words("note_unplanned"))
    caption = words("cap_exclusions")
    return [*found, Table("exclusions", caption, columns, rows, heads=2, notes=notes, listed=True)]
