"""What the pages of cases show, in the reader's language, with marks in the HTML of the scripts."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape, unescape
from itertools import pairwise
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from analysis.cases.details import FIRST, STUDY_RIGHTS, CaseDetails, CaseJudgment, CaseMark, CaseScript
from analysis.cases.passages import PassageView
from analysis.cases.queries import case_code
from annotations.desk.judging_form import STRENGTHS
from annotations.desk.pair_page import html_for_browser, scene_title
from annotations.models import Choice, Guess, Mark, Rater, Study, localized
from annotations.models.exclusions import MANUAL
from annotations.spec.study_options import mark_labels
from generation.models import Source, System

_STRENGTHS = {int(value): label for value, label in STRENGTHS}
_SEVERITIES = dict(Mark.Severity.choices)
_GUESSES = dict(Guess.Origin.choices)
_ORIGINS = dict(Source.Origin.choices)
_RATERS = dict(Rater.Kind.choices)


def study_facts(study: Study) -> dict[str, Any]:
    """What decides which parts a list has, and the names of systems by slug."""
    return {
        "single": study.spec["design"]["kind"] == "single",
        "with_marks": bool(study.spec.get("marks")),
        "names": system_names(study),
        "labels": mark_labels(study, get_language() or "en"),
    }


def system_names(study: Study) -> dict[str, str]:
    return {row["slug"]: _localized(row.get("name")) or row["slug"] for row in study.spec["systems"]}


def _localized(text: Any) -> str:
    return localized(text, get_language() or "en") if isinstance(text, dict) else text or ""


def case_row(study: Study, row: Any) -> dict[str, Any]:
    """A row of the list of cases, from an annotated pairing (`queries.find_cases`)."""
    names = system_names(study)
    brief = row.study_brief
    return {
        "code": case_code(row),
        "scene": scene_title(brief.content),
        "item": brief.slug,
        "language": brief.language,
        "first": names.get(row.first_system, row.first_system),
        "second": names.get(row.second_system, row.second_system),
        "judged": row.judged,
        "outcome": _outcome(row),
        "disagreement": row.disagreement,
        "marks": row.mark_count or 0,
    }


def _outcome(row: Any) -> str:
    """For example `3 : 1, 1 tie`: judgments for the first system, for the second, and for neither of them."""
    parts = [f"{row.for_first} : {row.for_second}"]
    if row.ties:
        parts.append(ngettext("%(n)d tie", "%(n)d ties", row.ties) % {"n": row.ties})
    if row.neither:
        parts.append(_("%(n)d “neither usable”") % {"n": row.neither})
    return pgettext("between two facts", ", ").join(parts)


def passage_row(view: PassageView, names: Mapping[str, str], labels: Mapping[str, str]) -> dict[str, Any]:
    """A passage of the list of marked passages, with the names of its system and class."""
    return {"view": view, "name": names.get(view.system, view.system), "label": labels[view.error_class]}


def case_context(study: Study, case: CaseDetails, *, passed_on: bool = False) -> dict[str, Any]:
    """The page of a case. With `passed_on`, texts are left out where their rights forbid it."""
    names = system_names(study)
    position_names = {side: names.get(script.system, script.system) for side, script in case.scripts.items()}
    hidden = {side: passed_on and bool(script.withheld) for side, script in case.scripts.items()}
    labels = mark_labels(study, get_language() or "en")
    criteria = list(study.criteria.all())
    return {
        "study": study,
        "case": case,
        "scene": scene_title(case.brief.content),
        "series": case.brief.content.get("series", {}).get("title", ""),
        "scripts": [
            _script(script, position_names[side], hidden[side], labels)
            for side, script in case.scripts.items()
        ],
        "criteria": [_localized(criterion.label) for criterion in criteria],
        "judgments": [_judgment(judgment, position_names) for judgment in case.judgments],
        "with_scores": bool(study.spec.get("score")),
        "with_marks": bool(study.spec.get("marks")),
        "layouts": _layouts(case, position_names),
        "title": _title(list(position_names.values())),
        "passed_on": passed_on,
    }


def _title(names: list[str]) -> str:
    return (
        names[0]
        if len(names) == 1
        else _("%(first)s vs. %(second)s")
        % {
            "first": names[0],
            "second": names[1],
        }
    )


def _layouts(case: CaseDetails, names: Mapping[str, str]) -> str:
    """How raters saw the case: side by side or one at a time, and what stood left."""
    words = {
        "columns": _("side by side: %(n)d"),
        "single": _("one at a time: %(n)d"),
        "": _("not recorded: %(n)d"),
    }
    parts = [words[name] % {"n": count} for name, count in sorted(case.layouts.items())]
    if len(names) > 1 and case.judgments:
        counts = {"system": names[FIRST], "n": case.first_on_left, "of": len(case.judgments)}
        parts.append(_("%(system)s on the left: %(n)d of %(of)d") % counts)
    return pgettext("between two facts", ", ").join(parts)


def _script(script: CaseScript, name: str, hidden: bool, labels: Mapping[str, str]) -> dict[str, Any]:
    marks = [_mark(mark, hidden, labels) for mark in script.marks]
    texts = [
        TextMark(mark.start, mark.end, mark.error_class, _number(mark, labels))
        for mark in script.marks
        if mark.start is not None and mark.end is not None
    ]
    html = "" if hidden else html_for_browser(insert_marks(script.entry.html, texts))
    return {
        "name": name,
        "system": script.system,
        "code": script.entry.code,
        "length": script.length,
        "language": script.language,
        "origin": _origin(script),
        "run": script.run,
        # The stored HTML is escaped and part of the study's digest; marks escape what they cut.
        "html": mark_safe(html),  # noqa: S308
        "withheld": _withheld(script.withheld) if hidden else "",
        "marks": marks,
    }


def _number(mark: CaseMark, labels: Mapping[str, str]) -> str:
    """The link in front of a marked passage. `html_for_browser` comes later and wraps two hyphens, also in
    attributes, so these have none."""
    label = _("Mark %(number)s: %(kind)s") % {"number": mark.number, "kind": labels[mark.error_class]}
    return format_html(
        '<a class="case-number" id="text-{}" href="#{}" aria-label="{}">{}</a>',
        mark.anchor,
        mark.anchor,
        label,
        mark.number,
    )


def _mark(mark: CaseMark, hidden: bool, labels: Mapping[str, str]) -> dict[str, Any]:
    return {
        "number": mark.number,
        "anchor": mark.anchor,
        "class": mark.error_class,
        "label": labels[mark.error_class],
        "severity": _SEVERITIES.get(mark.severity, ""),
        "rater": mark.rater,
        "placed": mark.start is not None,
        "quote": "" if hidden else mark.quote,
        "note": mark.note,
        "erased": mark.erased,
    }


def _origin(script: CaseScript) -> str:
    """Who or what wrote a script: the writer's code, the run with its models, or an import."""
    parts: list[str] = []
    if script.kind == System.Kind.HUMAN:
        code = {"code": script.writer}
        parts.append(_("written by %(code)s") % code if script.writer else _("written by a human"))
    elif script.models:
        parts.append(_("model %(models)s") % {"models": pgettext("between names", ", ").join(script.models)})
    elif script.writer:
        parts.append(_("written by %(code)s") % {"code": script.writer})
    else:
        parts.append(_("imported from a file, model not recorded"))
    if script.origin:
        parts.append(str(_ORIGINS[script.origin]))
    if script.sample > 1:
        parts.append(_("sample %(number)d") % {"number": script.sample})
    return pgettext("between two facts", ", ").join(parts)


def _withheld(why: str) -> str:
    if why == STUDY_RIGHTS:
        return _("The text is hidden: the study file allows its scripts to be shown to raters only.")
    return _("The text is hidden: this script was imported for raters only.")


def _judgment(judgment: CaseJudgment, names: Mapping[str, str]) -> dict[str, Any]:
    status = []
    if judgment.repeat:
        status.append(_("repeat, not counted"))
    if judgment.excluded:
        reasons = {"late": _("late, not counted"), MANUAL: _("excluded by hand, not counted")}
        status.append(reasons.get(judgment.excluded, judgment.excluded))
    return {
        "rater": judgment.rater,
        "rater_kind": "" if judgment.rater_kind == Rater.Kind.PERSON else _RATERS[judgment.rater_kind],
        "left": names[judgment.left] if len(names) > 1 else "",
        "answers": [_answer(answer.choice, answer.strength, names) for answer in judgment.answers],
        "sides": [
            {
                "name": name,
                "score": judgment.scores.get(side),
                "guess": _guess(*judgment.guesses[side]) if side in judgment.guesses else "",
                "seconds": judgment.read_seconds.get(side),
                "share": judgment.share_read.get(side),
                "knew": judgment.knew.get(side),
            }
            for side, name in names.items()
        ],
        "seconds": judgment.seconds,
        "reason": judgment.reason,
        "erased": judgment.erased,
        "status": pgettext("between two facts", ", ").join(status) or _("counted"),
    }


def _answer(choice: str, strength: int | None, names: Mapping[str, str]) -> dict[str, str]:
    words = {"": _("not asked"), Choice.TIE: _("too close to call"), Choice.NEITHER: _("neither is usable")}
    return {
        "choice": names.get(choice) or str(words.get(choice, choice)),
        "strength": str(_STRENGTHS[strength]) if strength else "",
    }


def _guess(origin: str, confidence: int | None) -> str:
    words = str(_GUESSES[origin])
    return f"{words} ({confidence}/3)" if confidence else words


_TAG = re.compile(r"<[^>]*>")
_OFFSET = re.compile(r'\bdata-o="(\d+)"')


@dataclass(frozen=True, slots=True)
class TextMark:
    """A mark at code points `start` up to but without `end` of the text; `opening` is HTML that is put before
    it, such as a link with its number."""

    start: int
    end: int
    error_class: str
    opening: str = ""


def insert_marks(html: str, marks: Sequence[TextMark]) -> str:
    """The stored HTML of a script (`generation/screenplay/render.py`) with marks in its text.

    Marks may overlap and may run over several elements: text is cut at their ends, so that the result stays
    well formed. What the layout adds, outside of elements with `data-o`, is never marked.
    """
    placed: set[TextMark] = set()
    found: list[str] = []
    at: int | None = None
    last = 0
    for tag in _TAG.finditer(html):
        text = html[last : tag.start()]
        last = tag.end()
        if at is None:
            found.append(text)
            at = _offset(tag.group())
        else:
            plain = unescape(text)
            found += _pieces(plain, at, marks, placed)
            at += len(plain)
            # An element with an offset holds text and line breaks alone.
            at = at + 1 if tag.group().startswith("<br") else None
        found.append(tag.group())
    return "".join([*found, html[last:]])


def _offset(tag: str) -> int | None:
    offset = _OFFSET.search(tag)
    return int(offset.group(1)) if offset else None


def _pieces(text: str, at: int, marks: Sequence[TextMark], placed: set[TextMark]) -> Iterator[str]:
    """The text, which begins at code point `at`, escaped and cut at the ends of marks."""
    here = [mark for mark in marks if mark.start < at + len(text) and at < mark.end]
    edges = {at, at + len(text)}
    for mark in here:
        edges |= {max(at, mark.start), min(at + len(text), mark.end)}
    for low, high in pairwise(sorted(edges)):
        held = [mark for mark in here if mark.start <= low and high <= mark.end]
        openings = [mark.opening for mark in held if mark not in placed]
        placed.update(held)
        piece = escape(text[low - at : high - at], quote=True)
        if held:
            classes = [f"mark-{name}" for name in sorted({mark.error_class for mark in held})]
            several = ["mark-several"] if len(held) > 1 else []
            piece = f'<mark class="{" ".join([*classes, *several])}">{piece}</mark>'
        yield "".join([*openings, piece])
