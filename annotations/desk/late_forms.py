"""An older form beside a newer answer: it fills gaps and takes nothing away, and none of its words is lost.

The same rule as that of the page's script (static/js/merge.js), for forms that come without one.
"""

from collections.abc import Mapping

from annotations.models import Mark

WORDS = ("reason", "note")
PARTS = ("class", "note", "start", "end")
ROWS = Mark.MOST_PER_SCRIPT


def merge_older_form(before: Mapping[str, str], fields: Mapping[str, str]) -> dict[str, str]:
    """What is saved (`before`) with what an older form brings: answers to questions that have none, words
    below the words that are there, and its marks in rows of their own."""
    found = dict(before)
    answered = {_question(name) for name in before}
    for name, value in fields.items():
        # A box that is not ticked is an answer, no gap.
        if _question(name) not in answered and not name.startswith("knew-"):
            found[name] = value
    for name in WORDS:
        if fields.get(name):
            found[name] = join_texts(before.get(name, ""), fields[name])
    for row in sorted({_question(name) for name in fields if name.startswith("mark-")} & answered):
        _keep_mark(found, fields, row)
    return found


def join_texts(theirs: str, mine: str) -> str:
    """Both texts, one below the other, unless one holds the other."""
    if not theirs or theirs in mine:
        return mine
    return theirs if mine in theirs else f"{theirs}\n\n{mine}"


def _question(field: str) -> str:
    """What a field answers; choice and strength answer one question, and so does all of one mark."""
    kind, _, rest = field.partition("-")
    if kind in ("choice", "strength"):
        return f"criterion {rest}"
    return field.rpartition("-")[0] if kind == "mark" else field


def _keep_mark(found: dict[str, str], fields: Mapping[str, str], row: str) -> None:
    """A mark whose row is in use goes to a free one, unless it says the same place and kind."""
    mine = {part: fields[f"{row}-{part}"] for part in PARTS if fields.get(f"{row}-{part}")}
    if not mine:
        return
    side = row.split("-")[1]
    for name in (f"mark-{side}-{number}" for number in range(1, ROWS + 1)):
        theirs = {part: found.get(f"{name}-{part}", "") for part in PARTS}
        if all(theirs[part] == mine.get(part, "") for part in ("class", "start", "end")):
            note = join_texts(theirs["note"], mine.get("note", ""))
            found |= {f"{name}-note": note} if note else {}
            return
    for name in (f"mark-{side}-{number}" for number in range(1, ROWS + 1)):
        if not any(f"{name}-{part}" in found or fields.get(f"{name}-{part}") for part in PARTS):
            found |= {f"{name}-{part}": value for part, value in mine.items()}
            return
    # No row is free: what it said goes to the rater's own notes.
    said = ": ".join(mine[part] for part in ("class", "note") if part in mine)
    found["note"] = join_texts(found.get("note", ""), said)
