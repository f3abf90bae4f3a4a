"""The words of a report in one language, by their keys."""

from typing import Final

from analysis.messages import Message, detail, sentence
from analysis.render import numbers
from analysis.render.chart_texts import CHART_TEXTS
from analysis.render.methods_texts import METHODS_TEXTS
from analysis.render.names import clean
from analysis.render.page_texts import PAGE_TEXTS
from analysis.render.table_texts import TABLE_TEXTS
from analysis.translation import LANGS, SENTENCE_SEPARATORS, Text, npgettext_lazy

TEXTS: Final[dict[str, Text]] = {**PAGE_TEXTS, **TABLE_TEXTS, **CHART_TEXTS, **METHODS_TEXTS}

COUNTED: Final[dict[str, Text]] = {
    "raters": npgettext_lazy("count", "%(n)s rater", "%(n)s raters"),
    "items": npgettext_lazy("count", "%(n)s scene", "%(n)s scenes"),
    "series": npgettext_lazy("count", "%(n)s series", "%(n)s series"),
    "judgments": npgettext_lazy("count", "%(n)s judgment", "%(n)s judgments"),
    "scores": npgettext_lazy("count", "%(n)s score", "%(n)s scores"),
    "rows": npgettext_lazy("count", "%(n)s row", "%(n)s rows"),
    "replicates": npgettext_lazy("count", "%(n)s replicate", "%(n)s replicates"),
}


class Words:
    """The words in one language: `words("ties")`, `words("contrast", a=..., b=...)`."""

    def __init__(self, lang: str) -> None:
        """Raise `ValueError` for a language without a catalogue."""
        if lang not in LANGS:
            raise ValueError(f"no report in language {lang!r}; there are {', '.join(LANGS)}")
        self.lang = lang

    def __call__(self, key: str, /, **values: object) -> str:
        # A number and its percent sign stay on one line.
        text = TEXTS[key].translate(self.lang).replace(" %%", "\N{NO-BREAK SPACE}%%")
        return text % values

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
