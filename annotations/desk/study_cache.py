"""Rows of a frozen study that raters' pages need again and again, kept in each process.

Every key holds the version of its row, which the statement of the page has just read, so a changed row is
read again. Texts of entries are append-only, so their key is enough.
"""

import json
from functools import lru_cache
from typing import Any

from annotations.desk import queries
from annotations.desk.answer_form import Questions, ask_questions
from annotations.desk.queries import Held
from annotations.models import Entry, Study

Key = tuple[int, str]


@lru_cache(maxsize=64)
def study_at(key: Key) -> Study:
    return Study.objects.prefetch_related("criteria").get(pk=key[0])


@lru_cache(maxsize=1024)
def questions_at(key: Key, order: tuple[str, ...], single: bool) -> Questions:
    return ask_questions(study_at(key), order, single=single)


@lru_cache(maxsize=512)
def brief_at(key: Key) -> dict[str, Any]:
    """The brief's content."""
    return queries.brief_content(key[0])


def held_questions(held: Held) -> Questions:
    return questions_at(held.study, tuple(json.loads(held.criteria)), held.right is None)


def held_entry(held: Held, side: str) -> Entry:
    """The script on a side."""
    key = held.left if side == "left" else held.right
    assert key is not None
    return entry_at(key)


@lru_cache(maxsize=256)
def entry_at(key: int) -> Entry:
    return Entry.objects.only("html", "text").get(pk=key)
