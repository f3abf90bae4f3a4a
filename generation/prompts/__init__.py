"""Prompt templates as files, one a language: `load("dsr/stage1", "zh")`. Pure.

A file holds parts that begin with `%% system` or `%% user`; `$name` stands for a value. A value is never
read as a template again, and a tag in it that looks like one of the prompt's own is disarmed, so that a
brief cannot close the block that it stands in.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template

FOLDER = Path(__file__).parent
BRIEF_VALUES = frozenset(
    {
        "series_title",
        "outline",
        "previous_context",
        "characters",
        "guideline",
        "target_length",
        "novel_length",
    }
)
_NAME = re.compile(r"^[a-z0-9]+(?:-[a-z0-9]+)*(?:/[a-z0-9]+(?:-[a-z0-9]+)*)+$")
_PART = re.compile(r"^%% (system|user)$", re.MULTILINE)
_TAG = re.compile(r"<(?=/?[A-Za-z|])")


class PromptFault(ValueError):
    """A template is missing or wrong, or a value it asks for is not there."""


@dataclass(frozen=True, slots=True)
class PromptTemplate:
    """One template file. `digest` is the SHA-256 of its text: the version that is kept with every output."""

    name: str
    language: str
    text: str
    digest: str

    def parts(self) -> list[tuple[str, str]]:
        """Role and text of each part, in order."""
        pieces = _PART.split(self.text)
        return [(role, text.strip()) for role, text in zip(pieces[1::2], pieces[2::2], strict=True)]

    def fields(self) -> frozenset[str]:
        """The names of the values that the template asks for."""
        return frozenset(Template(self.text).get_identifiers())

    def render(self, values: Mapping[str, str]) -> list[tuple[str, str]]:
        """Role and content of each message. Raises `PromptFault` when a value is missing."""
        missing = self.fields() - values.keys()
        if missing:
            raise PromptFault(f"prompt {self.name}.{self.language} asks for {', '.join(sorted(missing))}")
        safe = {key: disarm(value) for key, value in values.items()}
        return [(role, Template(text).substitute(safe)) for role, text in self.parts()]


def disarm(value: str) -> str:
    """The value with every opening of a tag turned into a full-width one, which no model takes for a tag."""
    return _TAG.sub("＜", value)


@cache
def load(name: str, language: str) -> PromptTemplate:
    """The template of a name and language. Raises `PromptFault` when there is none or it cannot be read."""
    path = FOLDER / f"{name}.{language}.md"
    if not _NAME.match(name) or language not in ("en", "zh") or not path.is_file():
        raise PromptFault(f"there is no prompt {name!r} in {language!r}")
    text = path.read_text(encoding="utf-8")
    template = PromptTemplate(name, language, text, hashlib.sha256(text.encode()).hexdigest())
    if not template.parts() or not Template(text).is_valid():
        raise PromptFault(f"prompt {path.name} has no part '%% user', or a $ that names nothing")
    return template
