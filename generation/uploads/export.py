"""Any script as a file of a format that people use, and what its file is called."""

import string

from evalsite.core.errors import InputError, InputErrors
from evalsite.core.typeset import TypesettingError
from generation.models import Script, Source
from generation.reason_codes import sentence
from generation.screenplay.formats import EXTENSIONS, MEDIA_TYPES, write_script
from generation.sealing import is_sealed

__all__ = ["EXTENSIONS", "KINDS", "NAMES", "file_name", "file_of", "may_be_passed_on", "sealed"]

KINDS = ("fountain", "fdx", "docx", "pdf")
NAMES = {"fountain": "Fountain", "fdx": "FDX", "docx": "Word", "pdf": "PDF"}
_DIGITS = string.digits + string.ascii_lowercase


def sealed(script: Script) -> bool:
    return is_sealed(script.brief.slug, script.system.slug)


def may_be_passed_on(script: Script) -> bool:
    """Not where it was told at its import that it may only be shown."""
    source = Source.objects.filter(script=script).first()
    return source is None or source.rights == Source.Rights.REDISTRIBUTE


def file_of(script: Script, kind: str) -> tuple[bytes, str]:
    """The file and its media type. Raises `InputErrors` where it cannot be set."""
    try:
        return write_script(script.text, kind, script.language), MEDIA_TYPES[kind]
    except TypesettingError as refused:
        message = str(refused).rstrip(".") + "."
        raise InputErrors(
            [InputError(script.brief.slug, 1, 1, message, sentence("take another format."))]
        ) from refused


def file_name(script: Script, kind: str, *, blind: bool = False) -> str:
    """A blind one names the brief and no system; letters from the script's random key tell files apart."""
    ending = EXTENSIONS[kind]
    if blind:
        return f"{script.brief.slug}-{_letters(script.pk)}.{ending}"
    return f"{script.brief.slug}-{script.system.slug}-{script.sample}.{ending}"


def _letters(key: int, count: int = 6) -> str:
    found = ""
    for _ in range(count):
        key, digit = divmod(key, 36)
        found += _DIGITS[digit]
    return found
