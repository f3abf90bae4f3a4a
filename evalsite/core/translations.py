"""The Chinese message catalogue, compiled by Babel from the parts in `locale/parts/`.

Each part is named after the pages or the package that use its messages. `shared.po` has those of several,
`reasons.po` those that are looked up by a code.

Compiling needs no gettext programs. The compiled file is committed.
"""

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir, extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

FOLDERS = ("templates", "evalsite", "generation", "annotations", "analysis")
METHODS = [
    ("**/migrations/**", "ignore"),
    ("**.py", "python"),
    ("**.html", f"{__name__}:extract_template"),
]
KEYWORDS: dict[str, Any] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "sentence": None,
    "npgettext_lazy": ((1, "c"), 2, 3),
}
LOOKED_UP_CONTEXTS = {"reason"}
"""Messages with these contexts are looked up by a variable, so extraction cannot find them."""
FIXED_DATE = datetime(2026, 1, 1, tzinfo=UTC)
"""Otherwise Babel writes the present time into the file."""
Key = tuple[str | None, str]
"""Context and singular text."""


class Conflict(Exception):
    """Two files translate one text differently."""


def po_files(root: Path) -> list[Path]:
    return sorted((root / "locale/parts").glob("*.po"))


def mo_file(root: Path) -> Path:
    return root / "locale/zh_Hans/LC_MESSAGES/django.mo"


def merged(root: Path) -> Catalog:
    """Merge all parts into one catalogue. Raises Conflict."""
    first, *parts = po_files(root)
    catalog = _read(first)
    origin = {_key(message): first for message in catalog}
    for path in parts:
        for message in filter(lambda each: each.id, _read(path)):
            known = catalog.get(message.id, message.context)
            if known is not None and known.string and known.string != message.string:
                raise Conflict(f"{origin[_key(message)]} and {path} translate {message.id!r} differently")
            catalog.add(message.id, message.string, flags=message.flags, context=message.context)
            origin.setdefault(_key(message), path)
    return catalog


def compiled(root: Path) -> bytes:
    """Return the merged catalogue as a .mo file: the same bytes for the same texts."""
    target, catalog = io.BytesIO(), merged(root)
    catalog.creation_date = catalog.revision_date = FIXED_DATE
    write_mo(target, catalog)
    return target.getvalue()


def untranslated(root: Path) -> list[str]:
    """List the texts of templates and code that have no Chinese message, as `file:line: text`."""
    known = {_key(message) for message in merged(root) if _is_complete(message)}
    return [f"{place}: {key[1]!r}" for place, key in texts(root) if key not in known]


def unused(root: Path) -> list[str]:
    """List the messages that no template and no code uses."""
    used = {key for _, key in texts(root)}
    keys = {_key(message) for message in merged(root) if message.id} - used
    return sorted(f"unused: {text!r}" for context, text in keys if context not in LOOKED_UP_CONTEXTS)


def texts(root: Path) -> Iterator[tuple[str, Key]]:
    """Yield every text marked for translation, with its place."""
    for folder in FOLDERS:
        for name, line, found, _, context in extract_from_dir(root / folder, METHODS, keywords=KEYWORDS):
            text = found[0] if isinstance(found, tuple) else found
            yield f"{folder}/{name}:{line}", (context, text)


def extract_template(file: IO[bytes], keywords: Any, comment_tags: Any, options: Any) -> Iterator[Any]:
    """Extract the messages of a Django template for Babel."""
    # templatize() blanks out what is no translation; without indentation the rest reads as Python.
    source = "\n".join(line.lstrip() for line in templatize(file.read().decode()).splitlines())
    return extract_python(io.BytesIO(source.encode()), keywords, comment_tags, options)


def _read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale="zh_Hans_CN", abort_invalid=True)


def _key(message: Message) -> Key:
    return message.context, message.id[0] if isinstance(message.id, tuple | list) else message.id


def _is_complete(message: Message) -> bool:
    strings = message.string if isinstance(message.string, tuple | list) else (message.string,)
    return all(strings) and not message.fuzzy
