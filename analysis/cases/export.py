"""Cases as JSON lines, and as one HTML page that needs nothing of the site."""

import json
import re
from collections.abc import Iterator, Sequence
from itertools import batched
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders

from analysis.cases.details import CaseDetails, CaseJudgment, CaseMark, CaseScript, load_cases
from analysis.tables.frames import cell
from annotations.models import Study

CASES_AT_ONCE = 50
STYLES = ("css/site.css", "css/staff.css", "css/screenplay.css", "css/cases.css")
# A saved page has no fonts beside it.
_FONT_FACE = re.compile(r"@font-face \{[^}]*\}\n?")


def case_lines(study: Study, keys: Sequence[int]) -> Iterator[str]:
    """One JSON object per case and line, in the order of the keys; a few cases are in memory at a time."""
    for part in batched(keys, CASES_AT_ONCE):
        for case in load_cases(study, part):
            yield json.dumps(case_record(study, case), ensure_ascii=False) + "\n"


def case_record(study: Study, case: CaseDetails) -> dict[str, Any]:
    """A case in terms of systems. Marks count code points of `text`."""
    systems = {side: script.system for side, script in case.scripts.items()}
    return {
        "study": study.slug,
        "case": case.code,
        "item": case.brief.slug,
        "series": case.brief.series_slug,
        "language": case.brief.language,
        "scripts": [_script(script) for script in case.scripts.values()],
        "judgments": [_judgment(judgment, systems) for judgment in case.judgments],
    }


def _script(script: CaseScript) -> dict[str, Any]:
    return {
        "entry": script.entry.code,
        "system": script.system,
        "system_name": script.system_name,
        "kind": script.kind,
        "sample": script.sample,
        "digest": script.digest,
        "length": script.length,
        "length_unit": "han_characters" if script.language == "zh" else "words",
        "writer": script.writer,
        "origin": script.origin,
        "rights": script.rights,
        "run": script.run,
        "models": script.models,
        "text": None if script.withheld else script.entry.text,
        "reason": script.withheld or None,
        "marks": [_mark(mark, script) for mark in script.marks],
    }


def _mark(mark: CaseMark, script: CaseScript) -> dict[str, Any]:
    quote = mark.quote if mark.start is not None and not script.withheld else None
    return {
        "assignment": mark.assignment,
        "rater": mark.rater,
        "class": mark.error_class,
        "severity": mark.severity or None,
        "scene": mark.scene,
        "start": mark.start,
        "end": mark.end,
        "quote": quote,
        "note": mark.note,
        "words_erased": mark.erased,
    }


def _judgment(judgment: CaseJudgment, systems: dict[str, str]) -> dict[str, Any]:
    def by_system(values: dict[str, Any]) -> dict[str, Any]:
        return {systems[side]: value for side, value in values.items() if side in systems}

    guesses = {
        side: {"origin": origin, "confidence": confidence}
        for side, (origin, confidence) in judgment.guesses.items()
    }
    return {
        "assignment": judgment.assignment,
        "rater": judgment.rater,
        "rater_kind": judgment.rater_kind,
        "repeat": judgment.repeat,
        "left": systems[judgment.left],
        "layout": judgment.layout,
        "answers": [
            {
                "criterion": answer.criterion.slug,
                "choice": systems.get(answer.choice, answer.choice),
                "strength": answer.strength,
                "first_choice": systems.get(answer.first_choice, answer.first_choice),
            }
            for answer in judgment.answers
            if answer.choice
        ],
        "scores": by_system(judgment.scores),
        "guesses": by_system(guesses),
        "knew": by_system(judgment.knew),
        "read_seconds": by_system(judgment.read_seconds),
        "share_read": by_system(judgment.share_read),
        "seconds": judgment.seconds,
        "reason": judgment.reason,
        "words_erased": judgment.erased,
        "excluded": judgment.excluded,
        "submitted_at": cell(judgment.submitted_at) or None,
    }


def export_css() -> str:
    """The style sheets of a case's page as one text, for a page outside the site."""
    found = [finders.find(name) for name in STYLES]
    texts = [Path(path).read_text("utf-8") for path in found if path]
    return _FONT_FACE.sub("", "\n".join(texts))
