"""Prompt templates as files, one a language: `load("dsr/stage1", "zh")`. Pure.

A file holds parts that begin with `%% system` or `%% user`; `$name` or `${stage.part}` stands for a value. A
value is never read as a template again, and a tag in it that looks like one of the prompt's own is disarmed,
so that a brief cannot close the block that it stands in.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template

from evalsite.core.reason_codes import Reason

FOLDER = Path(__file__).parent
LANGUAGES = ("en", "zh")
MOST_BYTES = 200_000

_WORD = r"[a-z0-9]+(?:-[a-z0-9]+)*"
_NAME = re.compile(rf"^{_WORD}(?:/{_WORD})+$")
_BESIDE = re.compile(rf"^\./{_WORD}(?:/{_WORD})*$")
_PART = re.compile(r"^%% (system|user)$", re.MULTILINE)
_TAG = re.compile(r"<(?=/?[A-Za-z|])")


class PromptError(ValueError):
    """A template is missing or wrong, or a value it asks for is not there."""


def _reason(code: str, name: str, language: str, **params: str) -> Reason:
    return Reason(code, prompt=f"{name}.{language}", **params)


class _Template(Template):
    """`$name`, and in braces also `${a-stage}` and `${stage.part}`."""

    idpattern = r"(?-i:[a-z][a-z0-9_]*)"
    braceidpattern = r"(?-i:[a-z][a-z0-9_-]*(?:\.[a-z][a-z0-9_-]*)?)"
    flags = re.NOFLAG


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
        return frozenset(_Template(self.text).get_identifiers())

    def render(self, values: Mapping[str, str]) -> list[tuple[str, str]]:
        """Role and content of each message. Raises `PromptError` when a value is missing."""
        missing = self.fields() - values.keys()
        if missing:
            raise PromptError(
                _reason("prompt-asks", self.name, self.language, names=", ".join(sorted(missing)))
            )
        safe = {key: disarm(value) for key, value in values.items()}
        return [(role, _Template(text).substitute(safe)) for role, text in self.parts()]


def disarm(value: str) -> str:
    """The value with every opening of a tag turned into a full-width one, which no model takes for a tag."""
    return _TAG.sub("＜", value)


def template_of(name: str, language: str, text: str) -> PromptTemplate:
    """A template from its text. Raises `PromptError` when it cannot be read as one."""
    template = PromptTemplate(name, language, text, hashlib.sha256(text.encode()).hexdigest())
    roles = [role for role, _ in template.parts()]
    if "user" not in roles or not _Template(text).is_valid():
        raise PromptError(_reason("prompt-form", name, language))
    if any(not text for _, text in template.parts()):
        raise PromptError(_reason("prompt-empty", name, language))
    return template


@cache
def load(name: str, language: str) -> PromptTemplate:
    """The shipped template of a name and language. Raises `PromptError` when there is none."""
    if not _NAME.match(name):
        raise PromptError(Reason("prompt-none", prompt=name, language_code=language))
    return _read(FOLDER / f"{name}.{language}.md", name, language)


def load_beside(folder: Path, name: str, language: str) -> PromptTemplate:
    """A template that lies beside a system's file: its name begins with `./`. Raises `PromptError`."""
    if not _BESIDE.match(name):
        raise PromptError(Reason("prompt-none", prompt=name, language_code=language))
    return _read(folder / f"{name[2:]}.{language}.md", name, language)


def _read(path: Path, name: str, language: str) -> PromptTemplate:
    if language not in LANGUAGES or not path.is_file():
        raise PromptError(Reason("prompt-none", prompt=name, language_code=language))
    if path.stat().st_size > MOST_BYTES:
        raise PromptError(_reason("prompt-long", name, language, most=f"{MOST_BYTES:,}"))
    try:
        text = path.read_text(encoding="utf-8")
    except (UnicodeDecodeError, OSError) as error:
        raise PromptError(_reason("prompt-encoding", name, language)) from error
    return template_of(name, language, text)
