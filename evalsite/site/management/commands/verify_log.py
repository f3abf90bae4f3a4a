"""`manage.py verify_log [--head FILE_OR_DIGEST] [--stamps]`: whether the audit trail is what was written."""

import json
import re
from argparse import ArgumentTypeError
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import override

from analysis.models import Report
from annotations.blinding.judgment_digests import check_digests
from annotations.models import Study
from evalsite.core import timestamps
from evalsite.core.audit_chain import Head, check_chain, check_guards, check_head, head
from evalsite.core.console import PlainCommand
from evalsite.core.errors import DIFFERENT, InputError, InputErrors
from evalsite.core.models import TimeStamp

HEAD = re.compile(r"(?:(\d+):)?([0-9a-f]{64})")


class Command(PlainCommand):
    help = (
        "Check the chain of the audit trail and the digests of judgments in it. Exit code 4 means that a "
        "line was changed, removed, inserted or cut off, or that stored judgments differ from their digest."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--head",
            type=_read_head,
            metavar="FILE_OR_DIGEST",
            help="a head printed earlier: report.json, plan.json, study.json, a bundle, or NUMBER:DIGEST",
        )
        parser.add_argument(
            "--stamps", action="store_true", help="also check the time stamps with `openssl ts`"
        )
        parser.add_argument(
            "--authorities",
            type=Path,
            metavar="FILE.pem",
            help="root certificates of the time-stamping authority (default: those of the system)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["authorities"] and not options["authorities"].is_file():
            raise CommandError(f"error: there is no file {options['authorities']}.", returncode=1)
        with override("en"):
            faults = [*check_chain(), *check_guards()]
            faults += self._earlier_heads(options)
            if options["stamps"]:
                faults += timestamps.check_stamps(options["authorities"])
            for study in Study.objects.order_by("slug"):
                faults += check_digests(study)
        if faults:
            raise CommandError("\n".join(InputErrors(faults).lines()), returncode=DIFFERENT)
        self._say_what_holds(options)

    def _earlier_heads(self, options: dict[str, Any]) -> Iterator[InputError]:
        """Compare with the heads in stored reports and stamps, and with the one that was given."""
        for code, printed in Report.objects.values_list("code", "results__audit_head"):
            if printed:
                yield from check_head(Head(printed["sequence"], printed["digest"]), f"report {code}")
        if not options["stamps"]:
            for sequence, digest in TimeStamp.objects.values_list("sequence", "digest"):
                yield from check_head(Head(sequence, digest), f"time stamp of line {sequence}")
        if options["head"]:
            yield from check_head(options["head"], "--head")

    def _say_what_holds(self, options: dict[str, Any]) -> None:
        found = head()
        if found is None:
            self.stdout.write("The audit trail is empty.")
            return
        self.stdout.write(f"The chain holds. Head: {found.sequence}:{found.digest}")
        if options["stamps"]:
            self.stdout.write(f"{TimeStamp.objects.count()} time stamps are valid.")


def _read_head(text: str) -> Head:
    """A head from the command line. Raises ArgumentTypeError."""
    if found := HEAD.fullmatch(text.strip().lower()):
        return Head(int(found[1] or 0), found[2])
    path = Path(text)
    if not path.is_file():
        raise ArgumentTypeError(f"{text!r} is neither a file nor 64 hexadecimal digits")
    heads = [
        Head(int(printed.get("sequence") or 0), printed["digest"])
        for value in _documents(path)
        for place in (value, value.get("study"))
        if isinstance(place, dict) and isinstance(printed := place.get("audit_head"), dict)
        if HEAD.fullmatch(str(printed.get("digest")))
    ]
    if not heads:
        raise ArgumentTypeError(f"{path} holds no `audit_head`")
    return max(heads, key=lambda found: found.sequence)


def _documents(path: Path) -> Iterator[dict[str, Any]]:
    """The JSON objects of a file: itself, or those of a bundle that have a head."""
    try:
        if path.suffix == ".zip":
            with ZipFile(path) as archive:
                texts = [
                    archive.read(name) for name in archive.namelist() if name in ("study.json", "plan.json")
                ]
        else:
            texts = [path.read_bytes()]
        yield from (value for value in map(json.loads, texts) if isinstance(value, dict))
    except (OSError, BadZipFile, UnicodeDecodeError, ValueError) as error:
        raise ArgumentTypeError(f"{path} can't be read as JSON or a bundle ({error})") from None
