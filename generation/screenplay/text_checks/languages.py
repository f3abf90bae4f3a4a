"""Which language a text is written in, and whether a part of it is written in another one.

Scripts are recognised by their Unicode ranges, Traditional Chinese by hanzidentifier, and languages in
Latin letters by py3langid. Its model takes nearly a second to load, so it is loaded when first used.
"""

import re
import unicodedata
from functools import cache, lru_cache
from typing import Any

LATIN_LANGUAGES = (
    "ca", "cs", "da", "de", "en", "es", "fi", "fr", "hu", "id",
    "it", "nl", "no", "pl", "pt", "ro", "sv", "tr", "vi",
)  # fmt: skip
"""The languages in Latin letters that are told apart."""
LEAST_WORDS = 5
"""A shorter run of words is too short for py3langid."""
ENGLISH = 0.2
"""A sentence that is less likely English is in another language. Of 2,400 sentences of sound English
answers none is."""
OTHER_LETTERS = 8
"""More letters of another script than a name has."""
KANA = 5
"""Fewer kana may be a shop sign (の)."""
HAN_RUN = 5
"""As many Han characters in a row are a clause in an English text; a name has fewer."""
LATIN_RUN = 6
"""As many Latin words in a row are a sentence in a Chinese text, if most are in lower case."""
LOWER_CASE_WORDS = 6
"""As many different lower-case Latin words in a Chinese text are no loan words."""
TRADITIONAL = 5
"""As many different Traditional characters make a Traditional text; a name may have one or two."""

HAN = "\u3400-\u4dbf\u4e00-\u9fff"
OTHER_SCRIPTS = re.compile(
    "[\u0400-\u052f]{2,}|[\u0370-\u03ff]{3,}|[\u0590-\u06ff]{2,}|[\u0900-\u0eff]{2,}|"
    "[\u3041-\u30fe]{2,}|[\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3]+"
)
"""Words in Cyrillic, Greek, Hebrew, Arabic, Indic and Thai letters, kana and Hangul."""
_HAN = re.compile(r"[〇\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af]")
_LETTER = re.compile(r"[^\W\d_]")
_KANA = re.compile("[\u3041-\u30fa]")
_HANGUL = re.compile("[\u3131-\u318f\uac00-\ud7af]")
_OTHER_LETTER = re.compile("[\u0370-\u1cff\ufb1d-\ufeff]")
_LATIN = "A-Za-z\u00c0-\u024f"
_LATIN_WORD = re.compile(rf"[{_LATIN}]+(?:['’][{_LATIN}]+)*")
_LATIN_RUN = re.compile(rf"(?<![{_LATIN}'’])[{_LATIN}'’]++(?:[ ,;:.-]++[{_LATIN}'’]++)++")
_HAN_RUN = re.compile(rf"[{HAN}，、。；：！？]+")
_SENTENCE = re.compile(r"(?<=[.!?…])[\"”’')]*\s+|\n+")
_QUOTED = re.compile(r"“[^”\n]*”?|「[^」\n]*」?|『[^』\n]*』?|\"[^\"\n]*\"?|«[^»\n]*»?|„[^“”\n]*[“”]?")


def detect_language(text: str) -> str:
    """Return `zh`, `en`, or the empty string where a text is too short or neither.

    Han characters are compared with Latin words. Any language in Latin letters counts as `en` here; use
    `detect_other_language` to tell these apart.
    """
    han, latin = len(_HAN.findall(text)), re.findall("[A-Za-zÀ-ɏ]+", text)
    if han + len(latin) < 5:
        return ""
    if han > len(latin):
        return "zh"
    return "en" if sum(map(len, latin)) > 0.8 * len(_LETTER.findall(text)) else ""


def detect_other_language(text: str, language: str) -> str:
    """Return the language, other than its own, in which a part of a text is written; empty if there is none.

    Direct speech may hold a sentence in any language that is written in Latin letters.
    """
    if len(_KANA.findall(text)) >= KANA:
        return "Japanese"
    if len(_HANGUL.findall(text)) > OTHER_LETTERS:
        return "Korean"
    if len(_OTHER_LETTER.findall(text)) > OTHER_LETTERS:
        return "another script"
    narration = _QUOTED.sub(" ", text)
    if language == "zh":
        return "English" if has_latin_sentence(narration) else ""
    if any(len(_HAN.findall(run)) >= HAN_RUN for run in _HAN_RUN.findall(narration)):
        return "Chinese"
    if any(map(is_other_latin_language, _SENTENCE.split(narration))) or is_other_latin_language(text):
        return "another language"
    return ""


def has_latin_sentence(text: str) -> bool:
    """Return whether a Chinese text holds a sentence in Latin letters, and not only names and loan words."""
    runs = (run.split() for run in _LATIN_RUN.findall(text))
    if any(len(run) >= LATIN_RUN and 2 * sum(word[0].islower() for word in run) > len(run) for run in runs):
        return True
    return len({word for word in _LATIN_WORD.findall(text) if word.islower()}) >= LOWER_CASE_WORDS


def is_other_latin_language(text: str) -> bool:
    """Return whether a text in Latin letters is in another language than English; no if it is too short.

    Words in capitals are left out: in a screenplay they are names and headings, which have no language.
    """
    words = [word for word in _LATIN_WORD.findall(text) if len(word) == 1 or not word.isupper()]
    return len(words) >= LEAST_WORDS and english_probability(" ".join(words)) < ENGLISH


def english_probability(text: str) -> float:
    """Return how likely it is, 0 to 1, that a text in Latin letters is English.

    Accents are left out, because loan words keep them in English (café, façade).
    """
    letters = unicodedata.normalize("NFKD", text[:2000])
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return float(dict(_identifier().rank(plain))["en"])


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(LATIN_LANGUAGES)
    return identifier


def is_traditional(text: str, least: int = TRADITIONAL) -> bool:
    """Return whether a text holds as many different characters that only Traditional Chinese has."""
    return sum(map(_is_traditional_character, set(text))) >= least


@lru_cache(maxsize=20_000)
def _is_traditional_character(character: str) -> bool:
    import hanzidentifier

    return bool(hanzidentifier.identify(character) == hanzidentifier.TRADITIONAL)
