"""Storing scripts that were imported, each with where it came from and a line in the audit trail."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import transaction

from evalsite.core.errors import InputError, InputErrors
from evalsite.core.models import record
from generation.models import Brief, Script, Source, System, Upload
from generation.services import NewScript, add_scripts

NAME_LENGTH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """The entries about a file's scripts at their import."""

    file_name: str
    file_digest: str
    format: str
    origin: str = ""
    version: str = ""
    rights: str = Source.Rights.SHOW
    credit: str = ""
    knew: str = ""
    by: str = "console"
    upload: Upload | None = field(default=None)


@dataclass(frozen=True, slots=True)
class Imported:
    script: Script
    created: bool


def store_imported(
    rows: Iterable[tuple[Brief, str, tuple[int, int] | None]],
    system: System,
    writer: str,
    provenance: Provenance,
) -> list[Imported]:
    """Store texts with where they came from, all or none.

    Raises `InputErrors` for a text without a script.
    """
    rows = list(rows)
    with transaction.atomic():
        added = add_scripts(
            [
                NewScript(brief=brief, system=system, text=text, writer=writer, path=provenance.file_name)
                for brief, text, _lines in rows
            ]
        )
        faults = [each for each in added if isinstance(each, InputError)]
        if faults:
            raise InputErrors(faults)
        imported = []
        for each, (brief, _text, lines) in zip(added, rows, strict=True):
            assert not isinstance(each, InputError)
            _keep_source(each.script, lines, provenance)
            if each.created:
                record(
                    who=provenance.by,
                    verb="import script",
                    about=brief.slug,
                    system=system.slug,
                    sample=each.script.sample,
                    format=provenance.format,
                )
            imported.append(Imported(each.script, each.created))
    return imported


def _keep_source(script: Script, lines: tuple[int, int] | None, provenance: Provenance) -> None:
    """The first entry about a script counts: an equal text that comes again changes nothing."""
    first, last = lines or (None, None)
    Source.objects.get_or_create(
        script=script,
        defaults={
            "upload": provenance.upload,
            "file_name": provenance.file_name[:NAME_LENGTH],
            "file_digest": provenance.file_digest,
            "format": provenance.format,
            "first_line": first,
            "last_line": last,
            "origin": provenance.origin,
            "version": provenance.version,
            "rights": provenance.rights,
            "credit": provenance.credit,
            "knew": provenance.knew,
            "imported_by": provenance.by,
        },
    )
