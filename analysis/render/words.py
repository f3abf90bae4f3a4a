"""The words of a report in one language by their keys, and texts from people made safe for a sentence."""

import re
import unicodedata
from typing import Final

from analysis.messages import Message, detail, sentence
from analysis.render import numbers
from analysis.render.page_texts import METHODS_TEXTS, PAGE_TEXTS, PDF_TEXTS
from analysis.render.rater_group_texts import GROUP_TEXTS
from analysis.render.section_texts import SECTION_TEXTS
from analysis.render.table_texts import CHART_TEXTS, TABLE_TEXTS
from analysis.translation import LANGS, SENTENCE_SEPARATORS, Text, npgettext_lazy

# What turns the direction of everything after it, and what no reader can see.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]"
)
_ISOLATE, _END = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"
_RIGHT_TO_LEFT = {"R", "AL"}
TEXTS: Final[dict[str, Text]] = {
    **PAGE_TEXTS,
    **SECTION_TEXTS,
    **TABLE_TEXTS,
    **CHART_TEXTS,
    **METHODS_TEXTS,
    **GROUP_TEXTS,
    **PDF_TEXTS,
}
COUNTED: Final[dict[str, Text]] = {
    "raters": npgettext_lazy("count", "%(n)s rater", "%(n)s raters"),
    "items": npgettext_lazy("count", "%(n)s scene", "%(n)s scenes"),
    "series": npgettext_lazy("count", "%(n)s series", "%(n)s series"),
    "judgments": npgettext_lazy("count", "%(n)s judgment", "%(n)s judgments"),
    "scores": npgettext_lazy("count", "%(n)s score", "%(n)s scores"),
    "rows": npgettext_lazy("count", "%(n)s row", "%(n)s rows"),
    "replicates": npgettext_lazy("count", "%(n)s replicate", "%(n)s replicates"),
}


def clean(text: str) -> str:
    """The text with its control characters made visible; letters that run from the right stay together.

    Without this a name could turn the order of the numbers that follow it, in every output alike.
    """
    shown = _HIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)
    if shown.isascii() or not any(unicodedata.bidirectional(letter) in _RIGHT_TO_LEFT for letter in shown):
        return shown
    return f"{_ISOLATE}{shown}{_END}"


class Words:
    """The words in one language: `words("ties")`, `words("contrast", a=..., b=...)`."""

    def __init__(self, lang: str) -> None:
        """Raise `ValueError` for a language without a catalogue."""
        if lang not in LANGS:
            raise ValueError(f"no report in language {lang!r}; there are {', '.join(LANGS)}")
        self.lang = lang

    def __call__(self, key: str, /, **values: object) -> str:
        return TEXTS[key].translate(self.lang) % values

    def counted(self, noun: str, n: float) -> str:
        """A number with its noun, such as "1 rater" or "60 scenes"."""
        return COUNTED[noun].translate(self.lang, n) % {"n": numbers.count(n)}

    def known(self, key: str, otherwise: str) -> str:
        """The word for a value that comes from data, or the value itself."""
        return self(key) if key in TEXTS else otherwise

    def sentence(self, message: Message) -> str:
        """A method, reason or warning of the analysis."""
        return clean(sentence(message, self.lang))

    def detail(self, message: Message) -> str:
        """A reason for leaving out rows below a step that says the rest."""
        return clean(detail(message, self.lang))

    @property
    def sentence_sep(self) -> str:
        return SENTENCE_SEPARATORS[self.lang]

    @property
    def html_lang(self) -> str:
        return "zh-Hans" if self.lang == "zh-hans" else "en"
