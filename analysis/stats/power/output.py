"""The answer of the planner written out: power.json, and Markdown for power.md and the terminal."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from analysis.stats.errors import counted
from analysis.stats.power import words
from analysis.stats.power.answer import Answer, Line, Need, PlannedStudy, Question
from analysis.stats.power.closed_form import Components, Sizes
from analysis.stats.power.pilot import Pilot
from analysis.stats.power.simulated import Share, Simulated
from analysis.stats.report import plain

SVG = "power.svg"
MOST_DETAILED = 3  # studies with a section each; more are a table


def to_dict(found: Answer) -> dict[str, Any]:
    """What power.json holds; `docs/planning.md` names the keys."""
    question = found.question
    return dict(
        plain(
            {
                "question": _question(question),
                "assumed": _assumed(question),
                "pilot": None if question.pilot is None else _pilot(question.pilot),
                "studies": [_study_dict(planned) for planned in found.studies],
                "needed": [_need_dict(need, question) for need in found.needs],
                "lines": [_line_dict(line) for line in found.lines],
                "interrupted": found.interrupted,
            }
        )
    )


def _question(question: Question) -> dict[str, Any]:
    return {
        "difference": question.difference,
        "win_rate": question.rate,
        "parity": 200 * question.rate,
        "claim": question.test.claim,
        "margin": question.test.margin,
        "level": question.test.level,
        "power": question.wanted,
        "raters": question.raters,
        "scenes": question.scenes,
        "series": question.series,
        "systems": question.systems,
        "design": question.design,
        "per_pairing": question.per_pairing,
        "studies": question.studies,
        "seed": question.seed,
    }


def _assumed(question: Question) -> dict[str, Any]:
    logits = question.assumed
    return {
        "sd_win_rate": _sds(logits.components()),
        "sd_win_rate_at_difference": _sds(question.components),
        "sd_logits": {"raters": logits.raters, "scenes": logits.scenes, "series": logits.series},
        "ties": logits.ties,
        "left_bias": logits.left_bias,
    }


def _sds(components: Components) -> dict[str, float]:
    return {"raters": components.raters, "scenes": components.scenes, "series": components.series}


def _pilot(pilot: Pilot) -> dict[str, Any]:
    return {
        "contrasts": pilot.contrasts,
        "judgments": pilot.judgments,
        "raters": pilot.raters,
        "scenes": pilot.scenes,
        "series": pilot.series,
        "ties": pilot.components.ties,
        "left_share": pilot.left_share,
        "win_rate_from_half": pilot.components.rate - 0.5,
        "sd_win_rate": {name: asdict(found) for name, found in pilot.estimates.items()},
    }


def _sizes(sizes: Sizes) -> dict[str, Any]:
    return {
        "raters": sizes.raters,
        "scenes": sizes.scenes,
        "series": sizes.series,
        "judgments": sizes.judgments,
        "pairs_per_rater": sizes.per_rater,
        "cluster": sizes.cluster,
    }


def _study_dict(planned: PlannedStudy) -> dict[str, Any]:
    return {
        **_sizes(planned.sizes),
        "closed": asdict(planned.closed),
        "simulated": None if planned.simulated is None else _simulated(planned.simulated),
        "differ": planned.differ,
    }


def _simulated(simulated: Simulated) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for name in simulated.__dataclass_fields__:
        value = getattr(simulated, name)
        if isinstance(value, Share):
            low, high = value.limits
            value = {"share": value.value, "low": low, "high": high, "count": value.count}
        result[name] = value
    return result


def _need_dict(need: Need, question: Question) -> dict[str, Any]:
    sizes = {"raters": need.raters, "scenes": need.scenes, "series": need.series}
    if need.sizes is not None:
        sizes = _sizes(need.sizes)
    return {
        **sizes,
        "reached": need.sizes is not None,
        "chance": need.chance,
        "reason": words.need_reason(need, question) or None,
        "reason_code": need.reason,
    }


def _line_dict(line: Line) -> dict[str, Any]:
    points = [{"raters": raters, "chance": chance} for raters, chance in line.points]
    return {"scenes": line.scenes, "series": line.series, "points": points}


def markdown(found: Answer, picture: bool = True) -> str:
    """The answer in Markdown. Its tables read well in a terminal, too, which shows no picture."""
    return "\n".join(_markdown(found, picture)) + "\n"


def _markdown(found: Answer, picture: bool) -> Iterator[str]:
    question = found.question
    yield "# Sample size: raters, scenes and series"
    yield ""
    yield f"Goal: {words.claim_words(question)} with {words.percent(question.wanted)} power."
    if found.interrupted:
        yield ""
        yield "**The simulation was interrupted, so results are incomplete.**"
    if found.needs:
        yield from ("", f"## {words.need_heading(question)}", "")
        rows = [(*words.need_cells(need), words.need_reason(need, question)) for need in found.needs]
        yield from _table((*words.NEED_HEADER, ""), rows)
        yield from ("", words.need_note(question))
    if len(found.studies) > MOST_DETAILED:
        yield from ("", "## Studies", "")
        cells = [words.study_cells(question, planned) for planned in found.studies]
        yield from _table(words.STUDY_HEADER, cells)
        for planned in found.studies:
            for remark in _remarks(question, planned):
                yield from ("", f"{words.size_words(planned.sizes)}: {remark}")
    else:
        for planned in found.studies:
            yield from _section(question, planned)
    yield from _chart(found, picture)
    if question.pilot is not None:
        yield from ("", "## Pilot", "", *(f"- {line}" for line in words.pilot_words(question.pilot)))
    yield from ("", "## Assumptions", "", *(f"- {line}" for line in words.assumptions(question)))
    yield from ("", words.last_word(found))


def _section(question: Question, planned: PlannedStudy) -> Iterator[str]:
    yield from ("", f"## {words.headline(planned.sizes)}", "")
    simulated = planned.simulated
    header = ["", "closed form"] + ([words.simulated_words(simulated.studies)] if simulated else [])
    rows = [(row.label, row.closed, row.simulated)[: len(header)] for row in words.rows(question, planned)]
    yield from _table(header, [row for row in rows if any(row[1:])])
    for remark in _remarks(question, planned):
        yield from ("", remark)


def _remarks(question: Question, planned: PlannedStudy) -> Iterator[str]:
    too_large = None if planned.simulated else words.left_unsimulated(question, planned)
    yield from [too_large] if too_large else []
    yield from words.remarks(planned)
    yield from words.further_remarks(question, planned)


def _chart(found: Answer, picture: bool) -> Iterator[str]:
    """The picture, and its numbers as a table for those who do not see it."""
    if not found.lines:
        return
    yield from ("", "## Power by number of raters", "")
    yield from (f"![{alternative(found)}]({SVG})", "") if picture else ()
    counts = [raters for raters, _ in found.lines[0].points]
    shown = [counts[round(at * (len(counts) - 1) / 9)] for at in range(10)]
    chances = [dict(line.points) for line in found.lines]
    rows = [
        (str(raters), *(words.percent(chance[raters]) if raters in chance else "" for chance in chances))
        for raters in dict.fromkeys(shown)
    ]
    yield from _table(("raters", *map(_line_words, found.lines)), rows)


def alternative(found: Answer) -> str:
    """What the chart shows, in words."""
    question = found.question
    ends = [
        f"{_line_words(line)}, {words.percent(line.points[0][1])} with {line.points[0][0]} raters and"
        f" {words.percent(line.points[-1][1])} with {line.points[-1][0]}"
        for line in found.lines
        if line.points
    ]
    drawn = [
        f"{words.size_words(planned.sizes)}, {words.share_words(share)}"
        for planned in found.studies
        if (share := planned.asked(question)) is not None
    ]
    text = f"Power to {words.claim_words(question)}, closed form: {'; '.join(ends)}."
    return text + (f" Simulated, with simulation error: {'; '.join(drawn)}." if drawn else "")


def _line_words(line: Line) -> str:
    return counted(line.scenes, "scene") + ("" if line.series is None else f" from {line.series} series")


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A Markdown table with aligned columns, which also reads well in a terminal."""
    wide = [max(3, *(len(row[at]) for row in (header, *rows))) for at in range(len(header))]
    for row in (header, ["-" * width for width in wide], *rows):
        yield f"| {' | '.join(text.ljust(width) for text, width in zip(row, wide, strict=True))} |"
