"""The Chinese of the interface: which texts there are, their Chinese, and the file that Django reads.

`locale/zh_Hans/LC_MESSAGES/django.po` and the files `locale/parts/*.po` are one catalogue. Compiling needs no
gettext programs; the compiled file is committed, and a test says when it is stale.
"""

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

PACKAGES = ("evalsite", "generation", "annotations", "analysis")
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
TIMELESS = datetime(2026, 1, 1, tzinfo=UTC)
"""Babel would write the present time into the file."""
Key = tuple[str | None, str]
"""Context and singular text: what a translation is found by."""


class Conflict(Exception):
    """One text has two translations; both places are named."""


def po_files(root: Path) -> list[Path]:
    return [root / "locale/zh_Hans/LC_MESSAGES/django.po", *sorted((root / "locale/parts").glob("*.po"))]


def mo_file(root: Path) -> Path:
    return root / "locale/zh_Hans/LC_MESSAGES/django.mo"


def merged(root: Path) -> Catalog:
    """All parts in one catalogue; raises Conflict."""
    files = po_files(root)
    catalog = _read(files[0])
    origin = {_key(message): files[0] for message in catalog if message.id}
    for path in files[1:]:
        for message in _read(path):
            if not message.id:
                continue
            known = catalog.get(message.id, message.context)
            if known is not None and known.string and known.string != message.string:
                raise Conflict(f"{origin[_key(message)]} and {path} translate {message.id!r} differently")
            catalog.add(message.id, message.string, context=message.context)
            origin.setdefault(_key(message), path)
    return catalog


def compiled(root: Path) -> bytes:
    """The merged catalogue as a .mo file, the same bytes for the same texts."""
    target, catalog = io.BytesIO(), merged(root)
    catalog.creation_date = catalog.revision_date = TIMELESS
    write_mo(target, catalog)
    return target.getvalue()


def untranslated(root: Path) -> list[str]:
    """Texts of templates and code that have no Chinese, as `file:line: text`."""
    known = {_key(message) for message in merged(root) if message.id and _whole(message)}
    return [f"{place}: {key[1]!r}" for place, key in texts(root) if key not in known]


def texts(root: Path) -> Iterator[tuple[str, Key]]:
    """Every text marked for translation, with its place."""
    for path in sorted((root / "templates").rglob("*.html")):
        yield from _texts_of(path, root, _as_python(path.read_text()))
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            if "migrations" not in path.parts:
                yield from _texts_of(path, root, path.read_text())
        for path in sorted((root / package).glob("templates/**/*.html")):
            yield from _texts_of(path, root, _as_python(path.read_text()))


def _texts_of(path: Path, root: Path, source: str) -> Iterator[tuple[str, Key]]:
    for line, found, _comments, context in extract("python", io.BytesIO(source.encode()), KEYWORDS):
        text = found[0] if isinstance(found, tuple) else found
        yield f"{path.relative_to(root)}:{line}", (context, text)


def _as_python(template: str) -> str:
    # What is no call is blanked out by Django; without indents the rest reads as Python.
    return "\n".join(line.lstrip() for line in templatize(template).splitlines())


def _read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale="zh_Hans_CN", abort_invalid=True)


def _key(message: Message) -> Key:
    return message.context, message.id[0] if isinstance(message.id, tuple | list) else message.id


def _whole(message: Message) -> bool:
    strings = message.string if isinstance(message.string, tuple | list) else (message.string,)
    return all(strings) and not message.fuzzy
