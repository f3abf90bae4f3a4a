"""Briefs as YAML files: written so that `read_brief` gives the same value back, and taken from uploads."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString

from evalsite.core.errors import InputError, InputErrors
from evalsite.core.reason_codes import sentence
from generation.screenplay import MAX_BYTES
from generation.screenplay.parsing import LANGUAGES
from generation.screenplay.text import script_text
from generation.yaml_files import Document, Node, read_text, read_yaml, text_of, yaml_documents

COMMENT = "//!"
"""Lines at the head of a script file that begin so are about the file, not part of the script."""

BRIEF_FIELDS = ("slug", "series", "language", "order", "target_length", "outline", "characters")
BRIEF_OPTIONAL = ("previous_context", "guideline")
MOST_SLUG, MOST_TITLE, MOST_TEXT = 80, 200, 10_000
MOST_ALIASES = 20
MOST_CHARACTERS, MOST_NAME, MOST_PROFILE = 40, 80, 5_000
ORDERS, TARGET_LENGTHS = (1, 10_000), (20, 20_000)
RESERVED = ("new", "upload")
"""Slugs that would take the place of pages of the site."""


@dataclass(frozen=True, slots=True)
class CharacterSpec:
    name: str
    profile: str


@dataclass(frozen=True, slots=True)
class BriefSpec:
    """One brief as its file gives it."""

    slug: str
    series_slug: str
    series_title: str
    language: str
    order: int
    target_length: int
    outline: str
    previous_context: str
    characters: tuple[CharacterSpec, ...]
    guideline: str
    path: str = ""
    series_aliases: tuple[str, ...] = ()
    """Other titles of the series. No system gets them, so they are no part of the content."""

    def content(self) -> dict[str, Any]:
        """The same value as `Brief.content()` of the stored brief, so that digests agree."""
        return {
            "slug": self.slug,
            "series": {"slug": self.series_slug, "title": self.series_title},
            "language": self.language,
            "order": self.order,
            "outline": self.outline,
            "previous_context": self.previous_context,
            "characters": [{"name": each.name, "profile": each.profile} for each in self.characters],
            "guideline": self.guideline,
            "target_length": self.target_length,
        }


def read_brief(path: Path) -> BriefSpec:
    """One brief from its YAML file. Raises `InputErrors` with all that is wrong with it."""
    document, root = read_yaml(path)
    spec = _brief(root, document, str(path))
    document.refuse()
    return spec


def brief_of(value: Mapping[str, Any]) -> BriefSpec:
    """One brief from the fields that a file would have.

    Raises `InputErrors`, all at line 1 of "the brief".
    """
    document = Document(Path("the brief"))
    spec = _brief(Node(document, dict(value), 1, 1, "the brief"), document, "")
    document.refuse()
    return spec


def briefs_in(text: str, path: Path) -> list[BriefSpec]:
    """The briefs of a YAML text: one, or several documents separated by `---`.

    Raises `InputErrors` with all that is wrong; `path` names the text in them.
    """
    document, roots = yaml_documents(text_of(text.encode("utf-8", "replace"), path), path, most=MOST_FILES)
    specs = [_brief(root, document, str(path)) for root in roots]
    document.refuse()
    return specs


def briefs_from(values: Sequence[Any]) -> list[BriefSpec]:
    """Briefs from plain data, each with the fields that a file would have.

    Raises `InputErrors`, each at its place in the list: `briefs.0`, `briefs.1`, ...
    """
    specs: list[BriefSpec] = []
    faults: list[InputError] = []
    for number, value in enumerate(values):
        document = Document(Path(f"briefs.{number}"))
        specs.append(_brief(Node(document, value, 1, 1, "the brief"), document, str(document.path)))
        faults += document.faults
    if faults:
        raise InputErrors(faults)
    return specs


def _brief(root: Node, document: Document, path: str) -> BriefSpec:
    fields = root.mapping(required=BRIEF_FIELDS, optional=BRIEF_OPTIONAL)
    series = (
        fields["series"].mapping(required=("slug", "title"), optional=("aliases",))
        if "series" in fields
        else {}
    )
    return BriefSpec(
        slug=_slug(fields["slug"]) if "slug" in fields else "",
        series_slug=_slug(series["slug"]) if "slug" in series else "",
        series_title=series["title"].text(most=MOST_TITLE) if "title" in series else "",
        language=fields["language"].choice(LANGUAGES) if "language" in fields else "",
        order=fields["order"].integer(*ORDERS) if "order" in fields else ORDERS[0],
        target_length=_length(fields),
        outline=_text(fields, "outline"),
        previous_context=_text(fields, "previous_context"),
        characters=_characters(fields.get("characters"), document),
        guideline=_text(fields, "guideline"),
        path=path,
        series_aliases=read_aliases(series["aliases"]) if "aliases" in series else (),
    )


def read_aliases(node: Node) -> tuple[str, ...]:
    """A list of other names, each once, in their order."""
    found = [item.text(most=MOST_TITLE) for item in node.sequence(most=MOST_ALIASES)]
    return tuple(dict.fromkeys(alias for alias in found if alias))


def _slug(node: Node) -> str:
    slug = node.slug()
    if slug in RESERVED:
        node.fault(f"{slug!r} is a page of the site.", "use another slug.")
    return slug


def _length(fields: dict[str, Node]) -> int:
    low, high = TARGET_LENGTHS
    return fields["target_length"].integer(low, high) if "target_length" in fields else low


def _text(fields: dict[str, Node], key: str) -> str:
    node = fields.get(key)
    if node is None or (node.value == "" and key in BRIEF_OPTIONAL):
        return ""
    return node.text(most=MOST_TEXT)


def _characters(node: Node | None, document: Document) -> tuple[CharacterSpec, ...]:
    if node is None:
        return ()
    found: dict[str, CharacterSpec] = {}
    for item in node.sequence(least=1, most=MOST_CHARACTERS):
        fields = item.mapping(required=("name", "profile"))
        name = fields["name"].text(most=MOST_NAME) if "name" in fields else ""
        profile = fields["profile"].text(most=MOST_PROFILE) if "profile" in fields else ""
        if name in found:
            fields["name"].fault(f"{name} is a character twice.", "keep one of the two.")
        if name:
            found[name] = CharacterSpec(name, profile)
    return tuple(found.values())


def read_script_file(path: Path) -> str:
    """One script from its file: UTF-8, leading `//!` lines dropped, in canonical form.

    Raises `InputErrors`.
    """
    return _script_in(read_text(path), str(path))


def read_script_bytes(content: bytes, name: str) -> str:
    """One script from the bytes of its file, as `read_script_file` reads it. Raises `InputErrors`."""
    if len(content) > MAX_BYTES:
        raise InputErrors([_too_large(name)])
    return _script_in(text_of(content, Path(name)), name)


def _script_in(text: str, name: str) -> str:
    lines = text.split("\n")
    first = 0
    while first < len(lines) and (lines[first].lstrip().startswith(COMMENT) or not lines[first].strip()):
        first += 1
    text = script_text("\n".join(lines[first:]))
    if not text:
        message = sentence("this file contains no script.")
        raise InputErrors.single(name, message, "write one, or remove the file.")
    return text


def _too_large(name: str) -> InputError:
    message = sentence("the file is larger than %(count)s bytes.", count=f"{MAX_BYTES:,}")
    return InputError(name, 1, 1, message, "cut it.")


MOST_FILES = 100
MOST_UPLOADED = 20_000_000
"""Bytes of all files of one upload together."""
_BREAKS = re.compile("[\x85\u2028\u2029\ufeff]")
_ODD = re.compile(r"[^\w.-]+")


def brief_yaml(content: dict[str, Any], aliases: Sequence[str] = ()) -> str:
    """The file of a brief from `Brief.content()` and its series' aliases; an optional field only where it is
    filled."""
    value = CommentedMap()
    for key in BRIEF_FIELDS[:5]:
        value[key] = content[key]
    value["series"] = CommentedMap(content["series"])
    if aliases:
        value["series"]["aliases"] = list(aliases)
    value["outline"] = _block(content["outline"])
    if content["previous_context"]:
        value["previous_context"] = _block(content["previous_context"])
    value["characters"] = [
        CommentedMap(name=each["name"], profile=_block(each["profile"])) for each in content["characters"]
    ]
    if content["guideline"]:
        value["guideline"] = _block(content["guideline"])
    target = StringIO()
    writer = YAML()
    writer.width = 1_000_000
    writer.allow_unicode = True
    writer.indent(mapping=2, sequence=4, offset=2)
    writer.dump(value, target)
    return target.getvalue()


def _block(text: str) -> str:
    """A block, whose last line break the reader strips; in quotes where there are breaks that YAML folds."""
    return DoubleQuotedScalarString(text) if _BREAKS.search(text) else LiteralScalarString(text + "\n")


def read_uploads(files: Sequence[UploadedFile]) -> list[BriefSpec]:
    """The briefs of uploaded files, by the reader of `load_briefs`. Raises `InputErrors`."""
    if len(files) > MOST_FILES:
        message = f"these are {len(files)} files."
        raise InputErrors.single("upload", message, f"upload at most {MOST_FILES} at a time.")
    specs: list[BriefSpec] = []
    faults: list[InputError] = []
    with TemporaryDirectory() as folder:
        for number, file in enumerate(files):
            try:
                specs.append(_read(file, Path(folder) / str(number)))
            except InputErrors as refused:
                faults += refused.errors
    if faults:
        raise InputErrors(faults)
    return specs


def _read(file: UploadedFile, folder: Path) -> BriefSpec:
    """One file, its faults under the name that it came with."""
    name = _ODD.sub("-", Path(file.name or "").name)[-80:].strip(".") or "brief.yaml"
    if (file.size or 0) > MAX_BYTES:
        raise InputErrors([_too_large(name)])
    folder.mkdir()
    path = folder / name
    path.write_bytes(file.read())
    try:
        return replace(read_brief(path), path=name)
    except InputErrors as refused:
        raise InputErrors(list(_named(refused.errors, name))) from None


def _named(faults: Iterable[InputError], name: str) -> Iterable[InputError]:
    return (InputError(name, each.line, each.column, each.message, each.fix) for each in faults)
