"""Results by kind of rater: do experienced raters judge differently? And the model with covariates."""

import re
from collections.abc import Sequence
from typing import Any

from analysis.render import entries as ask
from analysis.render import numbers
from analysis.render.document import Block, Cell, Column
from analysis.render.entries import Entry
from analysis.render.fields import (
    PERCENT,
    Context,
    Field,
    Shape,
    adjusted_p,
    always,
    cut,
    estimate,
    interval,
    number,
    system_column,
    table,
    two,
)
from analysis.render.results import opponent_column, outcomes_column
from analysis.render.words import clean

NOT_STATED = "*not_stated"
EXPERIENCE = ("years", "credits")
BAND = re.compile(r"(\d+)(?:-(\d+)|(\+))", re.ASCII)


def full_tables(ctx: Context) -> list[Block]:
    """The tables of the three lists."""
    builders = (
        ("rater_groups", rater_groups_tables),
        ("group_interactions", interactions_table),
        ("covariates", covariates_table),
    )
    every = ((name, build, ask.leading(ctx.report, name)) for name, build in builders)
    return [block for name, build, rows in every for block in build(ctx, name.replace("_", "-"), rows)]


def group_columns(ctx: Context) -> list[Field]:
    """What raters are grouped by, and the group."""
    return [
        Field(
            Column(ctx.words("grouped_by"), numeric=False), lambda entry: Cell(_by(ctx, str(entry.get("by"))))
        ),
        Field(
            Column(ctx.words("rater_group"), numeric=False),
            lambda entry: Cell(_group_name(ctx, str(entry.get("by")), entry.get("name"))),
        ),
    ]


def rater_groups_tables(ctx: Context, id: str, rows: Sequence[Entry]) -> list[Block]:
    """Win rates and mean scores, each in a table, and what they allow to conclude."""
    blocks: list[Block] = []
    notes = [ctx.words("note_rater_groups")]
    if any(entry.get("by") in EXPERIENCE for entry in rows):
        notes.append(ctx.words("note_merged"))
    rates = [entry for entry in rows if entry.get("measure") == "win_rate"]
    if rates:
        heads = [*group_columns(ctx), system_column(ctx), opponent_column(ctx)]
        fields = [*heads, estimate(ctx, ctx.words("win_rate"), PERCENT), interval(ctx, rates, PERCENT)]
        fields.append(outcomes_column(ctx))
        caption = ctx.words("cap_rater_groups")
        shown = table(ctx, id, caption, rates, fields, heads=len(heads), notes=notes)
        blocks.append(cut(ctx, shown))
    means = [entry for entry in rows if entry.get("measure") == "mean_score"]
    if means:
        shape = Shape(always(two), "", "n_scores")
        heads = [*group_columns(ctx), system_column(ctx)]
        fields = [*heads, estimate(ctx, ctx.words("mean"), shape), interval(ctx, means, shape)]
        caption = ctx.words("cap_group_means")
        shown = table(ctx, f"{id}-means", caption, means, fields, shape=shape, heads=len(heads), notes=notes)
        blocks.append(cut(ctx, shown))
    return blocks


def interactions_table(ctx: Context, id: str, rows: Sequence[Entry]) -> list[Block]:
    """The difference of each group from the reference, and the joint tests."""
    words = ctx.words
    blocks: list[Block] = []
    single = [entry for entry in rows if entry.get("measure") == "difference"]
    if single:
        shape = Shape(always(numbers.percent), words("unit_points"))
        heads = [*group_columns(ctx), _reference(ctx), system_column(ctx), opponent_column(ctx)]
        fields = [
            *heads,
            estimate(ctx, words("difference"), shape),
            interval(ctx, single, shape),
            *adjusted_p(ctx, single),
        ]
        notes = [words("note_group_interactions")]
        caption = words("cap_group_interactions")
        shown = table(ctx, id, caption, single, fields, shape=shape, heads=len(heads), notes=notes)
        blocks.append(cut(ctx, shown))
    joint = [entry for entry in rows if entry.get("measure") == "joint"]
    if joint:
        shape = Shape(always(two))
        heads = [group_columns(ctx)[0], system_column(ctx), opponent_column(ctx)]
        fields = [
            *heads,
            number(words("groups_n"), "groups", numbers.count),
            estimate(ctx, words("f_statistic"), shape),
            *adjusted_p(ctx, joint),
        ]
        caption = words("cap_group_joint")
        blocks.append(table(ctx, f"{id}-joint", caption, joint, fields, shape=shape, heads=len(heads)))
    return blocks


def score_model(ctx: Context, rows: Sequence[Entry]) -> list[Block]:
    """The linear model of the scores of single scripts."""
    texts = ("cap_score_model", "points_of_score", "note_score_model")
    return _model_table(ctx, "score-model", [e for e in rows if e.get("of") == "score"], *texts)


def covariates_table(ctx: Context, id: str, rows: Sequence[Entry]) -> list[Block]:
    """The logit model of the preferences."""
    texts = ("cap_covariates", "log_odds", "note_covariates")
    return _model_table(ctx, id, [e for e in rows if e.get("of") != "score"], *texts)


def _model_table(
    ctx: Context, id: str, rows: Sequence[Entry], caption: str, value: str, note: str
) -> list[Block]:
    """The coefficients of a model, or why there is none."""
    if not rows:
        return []
    words, by_scores = ctx.words, rows[0].get("of") == "score"
    shape = Shape(always(two), n="n_scores" if by_scores else "n_judgments")
    fields = [
        Field(Column(words("measure"), numeric=False), lambda entry: Cell(term_name(ctx, entry))),
        estimate(ctx, words(value), shape),
        interval(ctx, rows, shape),
        number(words("se"), "se", two),
        *adjusted_p(ctx, rows),
    ]
    notes = [words(note)] if any(entry.get("estimate") is not None for entry in rows) else []
    return [cut(ctx, table(ctx, id, words(caption), rows, fields, shape=shape, notes=notes))]


def first_grouping(rows: Sequence[Entry]) -> str:
    """Experience where it is known, else the first of the groupings."""
    known = list(dict.fromkeys(str(entry["by"]) for entry in rows))
    return next((one for one in EXPERIENCE if one in known), known[0])


def groups_sentence(ctx: Context, language: str | None = None) -> str:
    """The answer to “Do experienced raters judge differently?”, from the planned contrast; by another group
    where no experience is known. In one language, else pooled or in the first."""
    words = ctx.words
    rates = [e for e in ask.leading(ctx.report, "rater_groups") if e.get("measure") == "win_rate"]
    rates = [e for e in rates if language is None or e.get("language") == language]
    if not rates:
        return words("sentence_no_groups")
    by = first_grouping(rates)
    tests = ask.filter_entries(ask.leading(ctx.report, "group_interactions"), by=by)
    tests = [e for e in tests if language is None or e.get("language") == language]
    if not tests:
        stated = {entry["name"] for entry in rates if entry["by"] == by} - {NOT_STATED}
        return words("sentence_small" if len(stated) > 1 else "sentence_one", by=_by(ctx, by))
    first = ask.pooled_first(tests)[0]
    where = {key: first.get(key) for key in ("system", "opponent", "language", "criterion", "context", "by")}
    mine = ask.filter_entries(tests, **where)
    joint = next(entry for entry in mine if entry["measure"] == "joint")
    shown = {
        entry["name"]: entry
        for entry in ask.filter_entries(rates, **where)
        if entry.get("estimate") is not None
    }
    p = joint.get("p")
    if p is None or len(shown) < 2:
        return words("sentence_small", by=_by(ctx, by))
    adjusted = joint.get("p_adjusted") or p
    differ = adjusted <= 1 - float(joint["level"])
    verdict = words("sentence_differ" if differ else "sentence_undecided", p=numbers.p_equals(adjusted))
    names = {"system": ctx.quoted(first["system"]), "opponent": ctx.quoted(first["opponent"])}
    ending = {**names, "p": numbers.p_equals(p), "verdict": verdict}
    if len(shown) > 2:
        said = (
            words("sentence_rate", rate=numbers.percent(entry["estimate"]), group=_raters_with(ctx, by, name))
            for name, entry in shown.items()
        )
        return words("sentence_many", rates=words("list_sep").join(said), **ending)
    difference = next(e for e in mine if e["measure"] == "difference" and ask.has_interval(e))
    # The later group first, which of experience is the higher one.
    low, high = (name for name in shown if name in (difference["name"], difference["reference"]))
    gap = [float(difference[key]) for key in ("estimate", "low", "high")]
    if high == difference["reference"]:
        gap = [-gap[0], -gap[2], -gap[1]]
    limits = dict(zip(("gap", "low", "high"), map(numbers.percent, gap), strict=True))
    return words(
        "sentence_two",
        group=_raters_with(ctx, by, high),
        reference=_raters_with(ctx, by, low),
        rate=numbers.percent(shown[high]["estimate"]),
        other=numbers.percent(shown[low]["estimate"]),
        **limits,
        **ending,
    )


def _by(ctx: Context, by: str) -> str:
    return ctx.words.known(f"by_{by}", clean(by))


def _group_name(ctx: Context, by: str, name: Any) -> str:
    """A group as a table names it; bands of numbers in words."""
    if name == NOT_STATED:
        return ctx.words("not_stated")
    band = BAND.fullmatch(str(name))
    if band is not None:
        low, high, more = band.groups()
        return ctx.words("band_more", low=low) if more else ctx.words("band", low=low, high=high)
    return ctx.words.known(f"{by}_{name}", clean(str(name))) if by == "role" else clean(str(name))


def _raters_with(ctx: Context, by: str, name: str) -> str:
    """A group in a sentence."""
    said = {"name": _group_name(ctx, by, name)}
    if by in ("years", "credits", "role"):
        return ctx.words(f"group_{by}", **said)
    return ctx.words("group_other", by=_by(ctx, by), **said)


def _reference(ctx: Context) -> Field:
    return Field(
        Column(ctx.words("reference_group"), numeric=False),
        lambda entry: Cell(_group_name(ctx, str(entry.get("by")), entry.get("reference"))),
    )


def term_name(ctx: Context, entry: Entry) -> str:
    words, term, by = ctx.words, str(entry.get("term")), str(entry.get("by"))
    if term in ("system", "after") and entry.get("system"):
        names = {key: ctx.system(entry[key]) for key in ("system", "opponent")}
        return words(f"term_{term}", **names)
    if term == "group" and entry.get("name"):
        group, reference = (_raters_with(ctx, by, entry[key]) for key in ("name", "reference"))
        return words("term_group", group=group, reference=reference)
    if term == "series" and entry.get("name"):
        return words("term_series", name=ctx.series(entry["name"]))
    if term == "length" and entry.get("of") == "score":
        return words("term_length_score")
    return words(f"term_{term}_alone" if term in ("system", "group", "series", "after") else f"term_{term}")
