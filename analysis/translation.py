"""Texts in the reader's language without Django, from the same catalogue as the site.

The functions that mark a text have the names of Django's, so that one extraction finds the texts of both.
What they return is translated when it is rendered, for the language is known only then.
"""

import gettext
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal

Lang = Literal["en", "zh-hans"]
LANGS: Final[tuple[Lang, ...]] = ("en", "zh-hans")
DIRECTORY = Path(__file__).resolve().parent.parent / "locale"
DIRECTORIES = {"zh-hans": "zh_Hans"}

SENTENCE_SEPARATORS = {"en": " ", "zh-hans": ""}
"""What stands between two sentences. A catalogue cannot hold it, for an empty translation is none."""


@cache
def catalogue(lang: str) -> gettext.NullTranslations:
    """Return the compiled catalogue of a language; English is the language of the texts themselves."""
    if lang == "en":
        return gettext.NullTranslations()
    return gettext.translation("django", DIRECTORY, [DIRECTORIES[lang]])


@dataclass(frozen=True, slots=True)
class Text:
    """An English text marked for translation, with %(name)s where values go."""

    singular: str
    plural: str | None = None
    context: str | None = None

    def translate(self, lang: str, n: float | None = None) -> str:
        """Return the text in `lang`; `n` chooses between singular and plural."""
        known = catalogue(lang)
        if self.plural is not None:
            assert n is not None
            count = int(n) if n == int(n) else 2  # an amount that is no whole number takes the plural
            if self.context is not None:
                return known.npgettext(self.context, self.singular, self.plural, count)
            return known.ngettext(self.singular, self.plural, count)
        if self.context is not None:
            return known.pgettext(self.context, self.singular)
        return known.gettext(self.singular)


def gettext_lazy(text: str) -> Text:
    """Mark a text for translation."""
    return Text(text)


def pgettext_lazy(context: str, text: str) -> Text:
    """Mark a text whose translation depends on where it is used."""
    return Text(text, context=context)


def ngettext_lazy(singular: str, plural: str) -> Text:
    """Mark a text that counts something."""
    return Text(singular, plural)


def npgettext_lazy(context: str, singular: str, plural: str) -> Text:
    """Mark a text that counts something, and whose translation depends on where it is used."""
    return Text(singular, plural, context)
