"""The Chinese messages: complete, none unused, and the compiled file is up to date."""

from pathlib import Path

import pytest
from django.conf import settings
from django.utils.translation import gettext, override

from evalsite.core import translations


def test_the_compiled_file_is_fresh() -> None:
    stale = "run `manage.py compile_translations` and commit the file"
    assert translations.mo_file(settings.BASE_DIR).read_bytes() == translations.compiled(settings.BASE_DIR), (
        stale
    )


@pytest.mark.slow
def test_every_text_has_its_chinese() -> None:
    assert translations.untranslated(settings.BASE_DIR) == []


@pytest.mark.slow
def test_no_message_is_unused() -> None:
    assert translations.unused(settings.BASE_DIR) == []


def test_django_reads_it() -> None:
    with override("zh-hans"):
        assert gettext("Too close to call") == "难分高下"


def house(root: Path, po: str, **parts: str) -> Path:
    """A small project: one template, one module, a catalogue and its parts."""
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
    files = {
        "templates/a.html": '{% load i18n %}\n<p>{% translate "Good day" %}</p>\n'
        "  {% blocktranslate count n=n %}{{ n }} page{% plural %}{{ n }} pages{% endblocktranslate %}\n"
        '{# {% translate "in a comment" %} #}',
        "evalsite/b.py": 'from x import gettext_lazy as _\n\nA = _("Good " "night")\n',
        "locale/parts/site.po": head + po,
    } | {f"locale/parts/{name}.po": head + text for name, text in parts.items()}
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (root / "locale/parts").mkdir(exist_ok=True)
    return root


GOOD_DAY = 'msgid "Good day"\nmsgstr "日安"\n'


def test_what_is_missing_is_listed_with_its_place(tmp_path: Path) -> None:
    root = house(tmp_path, GOOD_DAY)
    assert translations.untranslated(root) == [
        "templates/a.html:3: '%(n)s page'",
        "evalsite/b.py:3: 'Good night'",
    ]


def test_parts_are_joined(tmp_path: Path) -> None:
    night = 'msgid "Good night"\nmsgstr "晚安"\n'
    pages = 'msgid "%(n)s page"\nmsgid_plural "%(n)s pages"\nmsgstr[0] "%(n)s 页"\n'
    root = house(tmp_path, GOOD_DAY, one=night, two=pages + "\n" + GOOD_DAY)
    assert translations.untranslated(root) == []
    assert "晚安".encode() in translations.compiled(root)


def test_an_empty_or_fuzzy_translation_is_none(tmp_path: Path) -> None:
    root = house(tmp_path, '#, fuzzy\nmsgid "Good day"\nmsgstr "白天"\n\nmsgid "Good night"\nmsgstr ""\n')
    assert len(translations.untranslated(root)) == 3


def test_a_message_that_nothing_uses_is_listed(tmp_path: Path) -> None:
    root = house(tmp_path, GOOD_DAY, other='msgid "Gone"\nmsgstr "没了"\n')
    assert translations.unused(root) == ["unused: 'Gone'"]


def test_two_translations_of_one_text_are_refused(tmp_path: Path) -> None:
    root = house(tmp_path, GOOD_DAY, other='msgid "Good day"\nmsgstr "你好"\n')
    with pytest.raises(translations.Conflict, match=r"other\.po and .*site\.po translate 'Good day'"):
        translations.compiled(root)
