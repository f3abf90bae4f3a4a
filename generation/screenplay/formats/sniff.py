"""Which format a file has: by its content first, and its name must not say otherwise."""

import re
from pathlib import PurePath

from evalsite.core.errors import InputError, InputErrors
from evalsite.core.reason_codes import sentence

EXTENSIONS = {
    "fountain": ("fountain", "spmd"),
    "plain": ("txt", "text", "md", ""),
    "fdx": ("fdx",),
    "docx": ("docx", "docm"),
    "pdf": ("pdf",),
}
MOST_BYTES = {
    "fountain": 2_000_000,
    "plain": 2_000_000,
    "fdx": 10_000_000,
    "docx": 20_000_000,
    "pdf": 20_000_000,
}
LARGEST = max(MOST_BYTES.values())
_NAMES = {
    "fountain": "Fountain",
    "plain": sentence("plain text"),
    "fdx": "Final Draft",
    "docx": "Word",
    "pdf": "PDF",
}
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def sniff(content: bytes, name: str) -> str:
    """One of `FORMATS`.

    Raises `InputErrors` for a file that is none of them, or is not what its name says.
    """
    extension = PurePath(name).suffix.lower().lstrip(".")
    named = next((kind for kind, all_of in EXTENSIONS.items() if extension in all_of), "")
    if not content.strip():
        raise _refused(name, sentence("the file is empty."), sentence("upload the script."))
    found = _by_content(content, name)
    if not named:
        known = ", ".join(f".{each}" for all_of in EXTENSIONS.values() for each in all_of if each)
        raise _refused(
            name,
            sentence(".%(extension)s isn't a supported format.", extension=extension),
            sentence("use one of %(known)s.", known=known),
        )
    if not found:
        found = named if named in ("fountain", "plain") else ""
    if not found:
        raise _refused(
            name,
            sentence("this isn't a %(format)s file.", format=_NAMES[named]),
            sentence("save it again, or give it the right extension: .txt for text."),
        )
    if extension and found != named:
        fix = sentence(
            "change the extension to .%(extension)s, or upload the right file.",
            extension=EXTENSIONS[found][0],
        )
        raise _refused(
            name,
            sentence(
                "the extension is .%(extension)s, but the file is %(format)s.",
                extension=extension,
                format=_NAMES[found],
            ),
            fix,
        )
    if len(content) > MOST_BYTES[found]:
        raise _refused(
            name,
            sentence("the file is larger than %(count)s bytes.", count=f"{MOST_BYTES[found]:,}"),
            sentence("split it into smaller files."),
        )
    return found


def _by_content(content: bytes, name: str) -> str:
    """The format that the first bytes tell; empty for text."""
    head = content[:1024]
    if head.startswith(_OLD_OFFICE):
        raise _refused(
            name,
            sentence("this is an old Word file (.doc), a WPS file or a Word file with a password."),
            sentence("open it, save it as .docx without a password, and upload that."),
        )
    if head.startswith(b"{\\rtf"):
        raise _refused(name, sentence("this is RTF."), sentence("save it as .docx or as plain text."))
    if b"%PDF-" in head:
        return "pdf"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "docx"
    text = head.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").replace(b"\0", b"")
    if text.startswith((b"<?xml", b"<FinalDraft", b"<!DOCTYPE", b"<!ENTITY")):
        if re.match(rb"<!DOCTYPE\s+html", text, re.IGNORECASE):
            raise _refused(name, sentence("this is a web page."), sentence("save its text as .txt or .docx."))
        return "fdx"
    if re.match(rb"<html", text, re.IGNORECASE):
        raise _refused(name, sentence("this is a web page."), sentence("save its text as .txt or .docx."))
    return ""


def _refused(name: str, message: str, fix: str) -> InputErrors:
    return InputErrors([InputError(name, 1, 1, message, fix)])
