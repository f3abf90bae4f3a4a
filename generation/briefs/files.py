"""Briefs as YAML files: written so that `read_brief` gives the same value back, and taken from uploads."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString

from evalsite.core.errors import InputError, InputErrors
from generation.reading import BRIEF_FIELDS, BriefSpec, read_brief
from generation.reason_codes import sentence
from generation.screenplay import MAX_BYTES

MOST_FILES = 100
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
        raise InputErrors([InputError("upload", 1, 1, message, f"hand in {MOST_FILES} at a time.")])
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
        raise InputErrors(
            [
                InputError(
                    name,
                    1,
                    1,
                    sentence("the file is longer than %(count)s bytes.", count=f"{MAX_BYTES:,}"),
                    "cut it.",
                )
            ]
        )
    folder.mkdir()
    path = folder / name
    path.write_bytes(file.read())
    try:
        return replace(read_brief(path), path=name)
    except InputErrors as refused:
        raise InputErrors(list(_named(refused.errors, name))) from None


def _named(faults: Iterable[InputError], name: str) -> Iterable[InputError]:
    return (InputError(name, each.line, each.column, each.message, each.fix) for each in faults)
