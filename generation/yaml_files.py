"""Files that people hand in, read so that every fault has a line, a column and a remedy.

`read_text` takes a file's bytes to clean text; `read_yaml` gives a `Node`, which knows where in the file it
stands and whose readers note a fault and go on, so that one pass finds all of them:

    document, root = read_yaml(path)
    fields = root.mapping(required=("slug", "order"), optional=("note",))
    order = fields["order"].integer(1, 999) if "order" in fields else 0
    document.refuse()        # raises `InputErrors` when anything was wrong
"""

import difflib
import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from io import StringIO
from itertools import islice
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.composer import Composer, ComposerError
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from evalsite.core.errors import InputError, InputErrors
from evalsite.core.reason_codes import Reason, sentence
from generation.screenplay.text import MAX_BYTES, canonical_text

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
SLUG = re.compile(r"^[a-z0-9]+(?:-[a-z0-9]+)*$")
MOST_ITEMS = 500
MOST_SEARCHED = 50
"""Faults after which no similar name is looked for, which takes time for each."""
MOST_DEPTH = 100
"""How deep values may be nested. The time to read nested brackets grows with the square of their depth."""


@dataclass
class Document:
    """One file and the faults found in it so far.

    `prompts` are the texts that a file from a browser holds, by name and language: nothing is read from the
    folder that such a file would be in. None for a file on this machine.
    """

    path: Path
    faults: list[InputError] = field(default_factory=list)
    prompts: dict[tuple[str, str], str] | None = None

    def fault(self, line: int, column: int, message: str, fix: str) -> None:
        self.faults.append(InputError(str(self.path), line, column, message, fix))

    def refuse(self) -> None:
        """Raise `InputErrors` if there is any fault."""
        if self.faults:
            raise InputErrors(self.faults)


def read_text(path: Path, *, most: int = MAX_BYTES) -> str:
    """The file as canonical text (a byte-order mark and CRLF are taken). Raises `InputErrors`."""
    return text_of(_bytes(Document(path), most), path)


def text_of(raw: bytes, path: Path) -> str:
    """Bytes that stand for a file as canonical text; `path` names it in faults. Raises `InputErrors`."""
    document = Document(path)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8-sig", "replace")
        byte = raw[error.start]
        document.fault(
            *_place(before),
            sentence("byte %(byte)s is not UTF-8.", byte=f"0x{byte:02x}"),
            sentence("save the file as UTF-8."),
        )
        raise InputErrors(document.faults) from None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    for match in _CONTROL.finditer(text):
        number = ord(match.group())
        document.fault(
            *_place(text[: match.start()]),
            sentence("control character %(code)s.", code=f"U+{number:04X}"),
            sentence("remove it."),
        )
        if len(document.faults) >= MOST_ITEMS:
            break
    document.refuse()
    return canonical_text(text)


def _bytes(document: Document, most: int) -> bytes:
    try:
        with document.path.open("rb") as handle:
            raw = handle.read(most + 1)
    except FileNotFoundError:
        document.fault(1, 1, sentence("file not found."), sentence("check the name and the folder."))
    except IsADirectoryError:
        document.fault(1, 1, sentence("this is a folder."), sentence("give a file."))
    except OSError as error:
        document.fault(
            1,
            1,
            sentence("the file can't be read (%(said)s).", said=str(error.strerror)),
            sentence("check its permissions."),
        )
    else:
        if len(raw) > most:
            document.fault(
                1,
                1,
                sentence("the file is larger than %(count)s bytes.", count=f"{most:,}"),
                sentence("split or shorten it."),
            )
        document.refuse()
        return raw
    raise InputErrors(document.faults)


def _place(before: str) -> tuple[int, int]:
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


@dataclass(frozen=True)
class Node:
    """A value of a YAML file and its place. Readers note faults on the document and return a value."""

    document: Document
    value: Any
    line: int
    column: int
    name: str

    def fault(self, message: str, fix: str) -> None:
        self.document.fault(self.line, self.column, message, fix)

    def mapping(self, *, required: Sequence[str], optional: Sequence[str] = ()) -> dict[str, "Node"]:
        """The fields that are there and known; a missing, unknown or empty required one is a fault."""
        if not isinstance(self.value, dict):
            self.fault(
                sentence("%(key)s must be a mapping of fields.", key=self.name),
                sentence("write %(names)s, one per line.", names=", ".join(required)),
            )
            return {}
        known = (*required, *optional)
        fields: dict[str, Node] = {}
        for key, value in self.value.items():
            line, column = self._place_of(key, value)
            if key not in known:
                self.document.fault(
                    *self._place_of_key(key),
                    sentence("%(key)s has no field %(name)s.", key=self.name, name=str(key)),
                    _near(key, known, search=len(self.document.faults) < MOST_SEARCHED),
                )
            elif value is None and key in required:
                self.document.fault(
                    *self._place_of_key(key),
                    sentence("%(key)s is empty.", key=str(key)),
                    sentence("enter a value for %(key)s.", key=str(key)),
                )
            elif value is not None:
                fields[key] = Node(self.document, value, line, column, key)
        for key in required:
            if key not in self.value:
                self.fault(
                    sentence("%(key)s has no %(name)s.", key=self.name, name=key),
                    sentence("add %(name)s: ...", name=key),
                )
        return fields

    def sequence(self, *, least: int = 0, most: int = MOST_ITEMS) -> list["Node"]:
        """The items of a list."""
        if not isinstance(self.value, list):
            self.fault(
                sentence("%(key)s must be a list.", key=self.name), sentence("start each item with a dash.")
            )
            return []
        if not least <= len(self.value) <= most:
            count = len(self.value)
            one = sentence("%(key)s has 1 item.", key=self.name)
            several = sentence("%(key)s has %(count)s items.", key=self.name, count=count)
            self.fault(one if count == 1 else several, _between(least, most))
            return []
        return [
            Node(self.document, value, *self._place_of(index, value), f"{self.name}[{index + 1}]")
            for index, value in enumerate(self.value)
        ]

    def text(self, *, most: int = 20_000) -> str:
        """Text that is not blank, in canonical form and stripped."""
        if not isinstance(self.value, str):
            self.fault(
                sentence("%(key)s must be text, not %(kind)s.", key=self.name, kind=_kind(self.value)),
                sentence("put it in quotes."),
            )
            return ""
        text = canonical_text(str(self.value)).strip()
        if not text:
            self.fault(
                sentence("%(key)s is empty.", key=self.name),
                sentence("enter a text for %(key)s.", key=self.name),
            )
        elif len(text) > most:
            self.fault(
                sentence("%(key)s has %(count)s characters.", key=self.name, count=f"{len(text):,}"),
                sentence("use at most %(count)s.", count=f"{most:,}"),
            )
        return text

    def verbatim(self, *, most: int) -> str:
        """Text in canonical form with the blanks that it begins and ends with: they may be all of it."""
        if not isinstance(self.value, str):
            self.fault(
                sentence("%(key)s must be text, not %(kind)s.", key=self.name, kind=_kind(self.value)),
                sentence("put it in quotes."),
            )
            return ""
        text = canonical_text(str(self.value))
        if not 0 < len(text) <= most:
            self.fault(
                sentence("%(key)s has %(count)s characters.", key=self.name, count=f"{len(text):,}"),
                _between(1, f"{most:,}"),
            )
        return text

    def slug(self, *, most: int = 80) -> str:
        """A short name of lower-case letters, digits and single hyphens."""
        text = self.text(most=most)
        if text and not SLUG.match(text):
            self.fault(
                sentence("%(key)s %(slug)s isn't a valid slug.", key=self.name, slug=repr(text)),
                sentence("use lower-case letters, digits and single hyphens."),
            )
            return ""
        return text

    def integer(self, low: int, high: int) -> int:
        """A whole number between `low` and `high`, which is also what a faulty one becomes."""
        value = self.value
        if isinstance(value, bool) or not isinstance(value, int):
            self.fault(
                sentence("%(key)s must be a whole number, not %(kind)s.", key=self.name, kind=_kind(value)),
                _between(low, high),
            )
        elif not low <= value <= high:
            self.fault(
                sentence("%(key)s is %(value)s.", key=self.name, value=int(value)), _between(low, high)
            )
        else:
            return int(value)
        return low

    def number(self, low: float, high: float) -> float:
        """A number between `low` and `high`."""
        value = self.value
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            self.fault(
                sentence(
                    "%(key)s must be a number from %(low)s to %(high)s.",
                    key=self.name,
                    low=f"{low:g}",
                    high=f"{high:g}",
                ),
                sentence("use such a number."),
            )
            return low
        return float(value)

    def json_object(self) -> dict[str, Any]:
        """A mapping of anything that JSON can hold."""
        try:
            found = json.loads(json.dumps(self.value))
        except (TypeError, ValueError):
            found = None
        if isinstance(found, dict):
            return found
        self.fault(
            sentence("%(key)s must be a mapping of JSON values.", key=self.name),
            sentence("write name: value, one per line."),
        )
        return {}

    def truth(self) -> bool:
        """Yes or no, as YAML has it."""
        if isinstance(self.value, bool):
            return self.value
        self.fault(
            sentence("%(key)s must be true or false, not %(kind)s.", key=self.name, kind=_kind(self.value)),
            sentence("use true or false."),
        )
        return False

    def choice(self, options: Sequence[str]) -> str:
        """One of some words; a faulty one becomes the empty string."""
        if self.value in options:
            return str(self.value)
        self.fault(
            sentence("%(key)s is %(value)s.", key=self.name, value=f"{self.value!s:.60}"),
            sentence("use one of: %(names)s.", names=", ".join(options)),
        )
        return ""

    def _place_of(self, key: Any, value: Any) -> tuple[int, int]:
        """Where the value under a key or index begins."""
        marks = getattr(getattr(self.value, "lc", None), "data", None) or {}
        mark = marks.get(key)
        if mark is None:
            return self.line, self.column
        return (mark[2] + 1, mark[3] + 1) if len(mark) > 2 else (mark[0] + 1, mark[1] + 1)

    def _place_of_key(self, key: Any) -> tuple[int, int]:
        marks = getattr(getattr(self.value, "lc", None), "data", None) or {}
        mark = marks.get(key)
        return (mark[0] + 1, mark[1] + 1) if mark else (self.line, self.column)


def read_yaml(path: Path) -> tuple[Document, Node]:
    """A YAML file as a tree of places. Raises `InputErrors` when it is no YAML at all."""
    return yaml_of(read_text(path), path)


class _ShallowComposer(Composer):
    """Refuses a file as soon as its values are nested too deeply, before the rest of it is read."""

    depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        self.depth += 1
        if self.depth > MOST_DEPTH:
            problem = f"values are nested more than {MOST_DEPTH} levels deep"
            raise ComposerError(None, None, problem, self.parser.peek_event().start_mark)
        try:
            return super().compose_node(parent, index)
        finally:
            self.depth -= 1


def yaml_of(text: str, path: Path) -> tuple[Document, Node]:
    """The same of a text that is there already; `path` names it in faults."""
    document = Document(path)
    value = _load(document, lambda loader: loader.load(StringIO(text)))
    return document, Node(document, value, 1, 1, sentence("the file"))


def yaml_documents(text: str, path: Path, *, most: int) -> tuple[Document, list[Node]]:
    """The documents of a text, separated by `---`, at most `most` of them. All note faults on one document.

    Raises `InputErrors`.
    """
    document = Document(path)
    values = _load(document, lambda loader: list(islice(loader.load_all(StringIO(text)), most + 1)))
    if len(values) > most:
        fix = sentence("use at most %(count)s.", count=most)
        document.fault(1, 1, sentence("the file has too many documents."), fix)
        document.refuse()
    return document, [Node(document, value, 1, 1, sentence("the file")) for value in values]


def _load(document: Document, read: Callable[[YAML], Any]) -> Any:
    loader = YAML(typ="rt")
    loader.Composer = _ShallowComposer
    value = None
    try:
        value = read(loader)
    except DuplicateKeyError as error:
        document.fault(*_mark(error), sentence("this field occurs twice."), sentence("remove one of them."))
    except MarkedYAMLError as error:
        problem = " ".join(str(error.problem or error.context or "not YAML").split())
        document.fault(
            *_mark(error),
            sentence("this isn't valid YAML: %(said)s.", said=problem),
            sentence("check the indentation, quotes and colons."),
        )
    except (YAMLError, ValueError, RecursionError) as error:
        document.fault(
            1,
            1,
            sentence("this isn't valid YAML: %(said)s.", said=f"{str(error).splitlines()[0]:.120}"),
            sentence("check the syntax."),
        )
    document.refuse()
    return value


def _mark(error: MarkedYAMLError) -> tuple[int, int]:
    mark = error.problem_mark or error.context_mark
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


def _near(key: Any, known: Iterable[str], *, search: bool) -> Reason:
    near = difflib.get_close_matches(str(key), list(known), n=1) if search else []
    if near:
        return sentence("did you mean %(name)s?", name=near[0])
    return sentence("known fields: %(names)s.", names=", ".join(known))


def _between(low: object, high: object) -> Reason:
    if low == high:
        return sentence("use %(count)s.", count=low)
    return sentence("use %(low)s to %(high)s.", low=low, high=high)


def _kind(value: Any) -> str:
    names = {
        str: sentence("text"),
        bool: sentence("yes or no"),
        int: sentence("a number"),
        float: sentence("a number"),
        dict: sentence("a mapping"),
        list: sentence("a list"),
    }
    return next((name for kind, name in names.items() if isinstance(value, kind)), type(value).__name__)
