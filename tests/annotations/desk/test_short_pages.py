"""Desk, pages: consent and instructions are short on screen, with the texts of the demonstration."""

import re
from functools import cache
from pathlib import Path

import pytest
from django.utils.html import strip_tags

from annotations.spec.file import read_study
from annotations.spec.values import as_json
from tests.annotations.desk.cast import Reader, at_desk, enter, make_study, newcomer
from tests.annotations.desk.participation_cast import with_practice

pytestmark = pytest.mark.django_db
DEMO = Path(__file__).parents[3] / "examples" / "demo-desk.yaml"
LONGEST = {"en": 350, "zh-hans": 550}
"""Words of English, or Chinese characters."""


@cache
def demo() -> dict:
    return as_json(read_study(DEMO).spec)


def reader(*, consented: bool) -> Reader:
    spec = demo()
    keys = ("consent", "instructions", "pay", "practice", "sittings", "checks")
    study = with_practice(make_study(pairs=6, seats=1, **{key: spec[key] for key in keys}))
    return at_desk(study) if consented else enter(newcomer(study))


def count_visible(page: str) -> int:
    """How much the page shows before anything is opened: words, and Chinese characters one by one."""
    main = page.partition("<main")[2].partition("</main>")[0]
    main = re.sub(r"(?s)<details(?! open)[^>]*>(.*?<summary.*?</summary>).*?</details>", r"\1", main)
    main = re.sub(r'(?s)<[^>]*class="no-js".*?</li>', "", main)
    return len(re.findall(r"[\u4e00-\u9fff]|[A-Za-z0-9][\w'’.@-]*", strip_tags(main)))


@pytest.mark.parametrize("language", LONGEST)
@pytest.mark.parametrize("name", ["consent", "instructions"])
def test_the_demonstration_s_texts_are_short_on_screen(name: str, language: str) -> None:
    rater = reader(consented=name == "instructions")
    rater.client.cookies["django_language"] = language
    page = rater.get(f"/r/go/{name}/").content.decode()
    assert 100 < count_visible(page) <= LONGEST[language]
