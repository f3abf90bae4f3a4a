"""What a judging page tells of its changes: read from outside, held against the form of its assignment."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.forms import BooleanField, ChoiceField

from annotations.desk.answer_changes import MOST_CHANGES, RECORDED, ClientChange
from annotations.desk.answer_form import JudgingForm

PAGE = re.compile(r"[0-9a-z]{8,32}", re.ASCII)
MOST_NUMBER = 2**31 - 1
FORM = "no list of changes: {now: milliseconds, rows: [[page, number, field, value, milliseconds], ...]}"
MOST_TOLD_OF = 20
"""Refusals that an answer names."""


def parse_client_changes(form: JudgingForm, sent: object) -> tuple[list[ClientChange], list[str]]:
    """(changes, what was refused and why) of `sent`: `{now, rows: [[page, number, field, value, at], ...]}`.

    `now` and `at` are milliseconds by the same clock, the page's own: so one that is wrong tells the right
    time. `page` is the random code of the page on which the change was made. None is nothing to tell.
    """
    if sent is None:
        return [], []
    now, rows = (sent.get("now"), sent.get("rows")) if isinstance(sent, Mapping) else (None, None)
    if not _is_time(now) or not isinstance(rows, list):
        return [], [f"changes: {FORM}"]
    found: list[ClientChange] = []
    refused: list[str] = []
    if len(rows) > MOST_CHANGES:
        refused.append(f"changes: {len(rows)} at once; the first {MOST_CHANGES} are taken")
    for place, row in enumerate(rows[:MOST_CHANGES], start=1):
        wrong = _wrong(form, row)
        if not wrong:
            page, number, field, value, at = row
            found.append(ClientChange(page, number, field, value, (now - at) / 1000))
        elif len(refused) < MOST_TOLD_OF:
            refused.append(f"changes, row {place}: {wrong}")
    return found, refused


def parse_client_changes_form(form: JudgingForm, text: str | None) -> list[ClientChange]:
    """The same from a field of a plain form, which a page's script has filled in; what is refused is left."""
    try:
        sent = json.loads(text) if text else None
    except (ValueError, RecursionError):
        return []
    return parse_client_changes(form, sent)[0]


def _wrong(form: JudgingForm, row: Any) -> str:
    if not isinstance(row, list) or len(row) != 5:
        return "not [page, number, field, value, milliseconds]"
    page, number, field, value, at = row
    if not isinstance(page, str) or not PAGE.fullmatch(page):
        return "a page's code has 8 to 32 of the letters a to z and digits"
    if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number <= MOST_NUMBER:
        return "a number counts from 1"
    if not _is_time(at):
        return "a time is a number of milliseconds"
    if not isinstance(field, str) or not field.startswith(RECORDED) or field not in form.fields:
        return "the form has no such question"
    if value not in _values(form, field):
        return f"{field} has no such answer"
    return ""


def _values(form: JudgingForm, name: str) -> list[str]:
    """What a question can be answered with; the empty answer takes one back."""
    field = form.fields[name]
    if isinstance(field, ChoiceField):
        choices: Iterable[tuple[Any, Any]] = field.choices  # type: ignore[assignment]
        return ["", *(str(value) for value, _label in choices)]
    return ["", "on"] if isinstance(field, BooleanField) else []


def _is_time(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 2**53
