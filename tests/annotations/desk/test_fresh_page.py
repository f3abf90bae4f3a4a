"""Desk: the page put together from parts is, to the letter, the page that is rendered as a whole."""

import gzip
import re
from collections.abc import Callable
from typing import Any

import pytest

from annotations.desk import judging_views, pair_page
from annotations.desk.page_parts import cut, join, mark
from annotations.models import Study
from tests.annotations.blinding.tampering import unguarded
from tests.annotations.desk.cast import Reader, at_desk, form_token, make_study

GZIP = {"Accept-Encoding": "gzip, deflate, br"}


def both(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """The page from parts, which must be one, and the page as a whole."""
    found: list[bool] = []

    def watched(*args: Any) -> Any:
        page = pair_page.fresh_page(*args)
        found.append(page is not None)
        return page

    monkeypatch.setattr(judging_views, "fresh_page", watched)
    parts = reader.get(reader.address()).content.decode()
    assert found == [True]
    monkeypatch.setattr(judging_views, "fresh_page", lambda *args: None)
    whole = reader.get(reader.address()).content.decode()
    return _unmasked(parts), _unmasked(whole)


def _unmasked(page: str) -> str:
    """Django masks its token anew on each page."""
    return re.sub(r'(name="csrfmiddlewaretoken" value=")\w+', r"\1", page)


STUDIES: dict[str, Callable[[], Study]] = {
    "English": make_study,
    "Chinese": lambda: make_study(language="zh"),
    "one script at a time": lambda: make_study(single=True),
    "without scores and marks": lambda: make_study(score=None, marks=False),
    "paid": lambda: make_study(pay={"per_pair": "2.50", "currency": "EUR", "minutes": 9}),
    "with characters of HTML": lambda: make_study(more='A <b> & "quotes" zz'),
}


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("name", STUDIES)
def test_parts_make_the_whole_page(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = at_desk(STUDIES[name]())
    reader.client.cookies["theme"] = "dark"
    for language in ("en", "zh-hans"):
        reader.client.cookies["django_language"] = language
        parts, whole = both(reader, monkeypatch)
        assert parts == whole


@pytest.mark.django_db
def test_the_pages_after_a_judgment_and_after_a_skip(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = at_desk(make_study(pairs=4))
    reader.post(reader.address(), reader.answers())
    parts, whole = both(reader, monkeypatch)
    assert parts == whole
    assert "Pair 1 submitted" in parts
    reader.skip()
    parts, whole = both(reader, monkeypatch)
    assert parts == whole
    assert "Pair 2 skipped" in parts


@pytest.mark.django_db
def test_what_was_changed_is_shown_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = at_desk(make_study())
    both(reader, monkeypatch)
    with unguarded():
        Study.objects.update(title={"en": "Another <title>", "zh": ""})
    parts, whole = both(reader, monkeypatch)
    assert parts == whole
    assert "Another &lt;title&gt;" in parts


@pytest.mark.django_db
def test_it_is_sent_compressed_with_the_token_as_it_is() -> None:
    reader = at_desk(make_study())
    for path in (reader.address(), f"{reader.address()}?missing=1"):
        response = reader.get(path, headers=GZIP)
        assert response["Content-Encoding"] == "gzip"
        assert "Accept-Encoding" in response["Vary"]
        assert len(response.content) < 30_000
        page = gzip.decompress(response.content).decode()
        assert _unmasked(page) == _unmasked(reader.get(path).content.decode())
        # A token that is compressed beside other words could be guessed by the length of the page.
        masked = re.findall(r'csrfmiddlewaretoken" value="(\w+)', page)
        assert len(masked) >= 2
        for token in (*masked, form_token(reader.held())):
            assert response.content.count(token.encode()) == page.count(token)


def test_values_stand_where_the_marks_stood() -> None:
    page = cut(f"<a href='/r/{mark('code')}/'>{mark('name')}</a>{mark('name')}")
    values = {"code": "x1", "name": "Ü" * 70_000}
    told = f"<a href='/r/x1/'>{'Ü' * 70_000}</a>{'Ü' * 70_000}"
    assert join(page, values, packed=False).decode() == told
    assert gzip.decompress(join(page, values, packed=True)).decode() == told
