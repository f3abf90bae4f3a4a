"""`python -m analysis.stats verify BUNDLE`: whether a bundle is what was frozen, computed again offline.

It computes the frozen digest and the draw from the folder `frozen/`, and compares tables, plan and report
with them. It uses the very code of the site's check (`annotations.blinding.frozen_content`), without Django.

Choices, scores, marks and exclusions are compared with the answers in `frozen/record.json`. Lines of the
audit trail have their digest, and the chain leads from these to the head that the report prints.
"""

import argparse
import csv
import hashlib
import io
import json
import sys
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from analysis.frozen_plan import frozen_plan
from analysis.stats.errors import MOST_FAULTS, InputError, InputErrors, counted
from analysis.stats.plan import Plan
from annotations.blinding.frozen_content import (
    FOLDER,
    MAIN,
    NO_DRAW,
    PRACTICE,
    RECORD,
    FrozenSlot,
    FrozenStudy,
    Place,
    find_differences,
    from_files,
    missing_slots,
    plan_json,
    plan_of_content,
    slots_by_place,
)
from evalsite.core.chain_digests import commitment, committed_values, content_digest, line_digest
from evalsite.core.digests import canonical_json

DIFFERENT = 4
FIX = "get the bundle from the site again; if it still differs, don't use its numbers"
REPORT = "report/report.json"
ANALYSED = ("judgments", "scores", "marks", "raters")
ANSWERED = ("submitted", "late")
AUTOMATIC = {"late": "late", "practised": "practice"}
RECORDED: Mapping[str, Sequence[str]] = {
    "judgments": ("criterion", "choice", "strength", "first_choice"),
    "scores": ("side", "score", "rubric"),
    "marks": ("side", "class", "severity", "scene", "start", "end"),
}
"""Columns whose cells are the values of a recorded row, by table. Its revision follows."""
MOST_BYTES = 2 << 30
"""Of an unpacked bundle."""
EXAMPLE = """
example
  python -m analysis.stats verify study-bundle.zip --report report/report.json
"""


def add_verify(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument("bundle", type=Path, metavar="BUNDLE", help="a bundle: a zip file, or a folder")
    parser.add_argument(
        "--report",
        type=Path,
        metavar="FILE",
        help="a report.json that was computed from the bundle (default: the one in the bundle)",
    )
    parser.set_defaults(run=verify)


def verify(parser: argparse.ArgumentParser, options: argparse.Namespace) -> int:
    """Print what differs, and return the exit code: 0 if nothing does, else 4. Raises InputErrors."""
    bundle = Bundle(options.bundle)
    content = _content(bundle)
    tables = TableCheck(bundle, content)
    record = read_record(bundle)
    found = [
        *_changed_files(bundle),
        *_changed_content(bundle, content),
        *tables.differences(),
        *(RecordCheck(record, tables).differences() if record else ()),
        *_changed_plan(bundle, content, "plan.json", bundle.json("plan.json")),
        *_changed_report(bundle, content, options.report),
    ]
    if found:
        more = len(found) - MOST_FAULTS
        lines = [*map(str, found[:MOST_FAULTS]), *([f"... and {more} more."] if more > 0 else [])]
        print("\n".join(lines), file=sys.stderr)
        return DIFFERENT
    print(f"{options.bundle}: no differences found.")
    print(f"study {content.slug}, frozen digest {content.frozen_digest}")
    told = f"{counted(len(content.entries), 'entry', 'entries')}, {counted(len(content.slots), 'slot')}"
    print(f"{told}, {counted(len(bundle.rows('assignments')), 'assignment')}")
    if record:
        head = audit_head(bundle)
        print(f"choices, scores, marks and exclusions lead to line {head['sequence']} of the audit trail,")
        print(f"{head['digest']}: compare this with a head that was printed or time-stamped")
    else:
        print("choices not provable: an older version made this bundle, without a record of its answers")
    return 0


class SeatEvent(msgspec.Struct):
    """A rater took or left a seat."""

    seat: int
    verb: str
    rater: str


class Line(msgspec.Struct):
    """A line of the audit trail, with its place in the chain."""

    sequence: int
    previous: str
    at: datetime
    who: str
    about: str
    verb: str
    detail: dict[str, Any]
    commitments: dict[str, str]
    salts: dict[str, str]

    @property
    def content(self) -> str:
        return content_digest(self.at, self.verb, self.commitments)

    @property
    def is_intact(self) -> bool:
        """Whether the values are those that the line commits to."""
        values = committed_values(self.who, self.about, self.detail)
        found = {name: commitment(value, self.salts.get(name, "")) for name, value in values.items()}
        return found == self.commitments


class Record(msgspec.Struct):
    """What proves the answers: `annotations.blinding.judgment_digests.provable_record`."""

    answers: list[list[Any]]
    lines: list[Line]
    chain: list[str]


class Bundle:
    """The files of a bundle, by name. Raises InputErrors for what cannot be read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._files = _files_of_folder(path) if path.is_dir() else _files_of_zip(path)
        except OSError as error:
            raise _unreadable(str(path), f"can't read the bundle ({error.strerror})") from error
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError) as error:
            raise _unreadable(str(path), "this is not a whole zip file") from error

    @property
    def names(self) -> list[str]:
        return sorted(self._files)

    def bytes(self, name: str) -> bytes:
        if name not in self._files:
            raise _unreadable(f"{self.path}/{name}", "the bundle has no such file")
        return self._files[name]

    def json(self, name: str) -> Any:
        try:
            return json.loads(self.bytes(name))
        except (ValueError, RecursionError) as error:
            raise _unreadable(f"{self.path}/{name}", "this is not valid JSON") from error

    def has(self, name: str) -> bool:
        return name in self._files

    def rows(self, table: str) -> list[tuple[int, dict[str, str]]]:
        """Each row of a table with its physical line; none where the bundle has no such table."""
        if not self.has(f"{table}.csv"):
            return []
        try:
            reader = csv.DictReader(io.StringIO(self.bytes(f"{table}.csv").decode(), newline=""))
            found: list[tuple[int, dict[str, str]]] = []
            line = 2
            for row in reader:
                found.append(
                    (line, defaultdict(str, {key: value or "" for key, value in row.items() if key}))
                )
                line = reader.line_num + 1
        except (csv.Error, UnicodeDecodeError) as error:
            raise _unreadable(f"{self.path}/{table}.csv", "this is not a CSV file in UTF-8") from error
        return found


def _files_of_folder(path: Path) -> dict[str, bytes]:
    return {str(file.relative_to(path)): file.read_bytes() for file in path.rglob("*") if file.is_file()}


def _files_of_zip(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        if sum(info.file_size for info in archive.infolist()) > MOST_BYTES:
            raise _unreadable(str(path), "the bundle is larger than 2 GB")
        return {info.filename: archive.read(info) for info in archive.infolist() if not info.is_dir()}


def _unreadable(name: str, message: str) -> InputErrors:
    fix = "give a bundle.zip of an unblinded study, made by this version or a later one"
    return InputErrors([InputError(name, 1, 1, message, fix)])


def _difference(name: str, message: str, line: int = 1) -> InputError:
    return InputError(name, line, 1, message.rstrip("."), FIX)


def _content(bundle: Bundle) -> FrozenStudy:
    try:
        content = from_files(bundle.json)
        plan_of_content(content)
        return content
    except (msgspec.ValidationError, TypeError) as error:
        raise _unreadable(f"{bundle.path}/{FOLDER}", f"this is not a frozen study ({error})") from error


def _changed_files(bundle: Bundle) -> Iterator[InputError]:
    """Files that are not those whose digests the bundle lists."""
    told: dict[str, str] = {}
    for line in bundle.bytes("SHA256SUMS").decode(errors="replace").splitlines():
        digest, _, name = line.partition("  ")
        told[name] = digest
    for name in sorted({*told, *bundle.names} - {"SHA256SUMS"}):
        if not bundle.has(name):
            yield _difference(name, "the file is listed in SHA256SUMS and missing")
        elif name not in told:
            yield _difference(name, "the file is not listed in SHA256SUMS")
        elif hashlib.sha256(bundle.bytes(name)).hexdigest() != told[name]:
            yield _difference(name, "the file was changed: its digest is not the one in SHA256SUMS")


def _changed_content(bundle: Bundle, content: FrozenStudy) -> Iterator[InputError]:
    """What is not as the frozen digest says; a record of the study that says something else."""
    for each in find_differences(content):
        yield _difference(f"{FOLDER}{each.brief}" if each.brief else FOLDER.rstrip("/"), each.message)
    record = bundle.json("study.json")
    if not isinstance(record, dict):
        raise _unreadable(f"{bundle.path}/study.json", "this is not the record of a study")
    known = {
        "slug": content.slug,
        "frozen_digest": content.frozen_digest,
        "spec_digest": content.spec_digest,
        "seed": content.seed,
        "draw_nonce": content.nonce,
    }
    for key, value in known.items():
        if record.get(key) != value:
            yield _difference("study.json", f"{key} is not that of the frozen study")


def _changed_plan(bundle: Bundle, content: FrozenStudy, name: str, plan: Any) -> Iterator[InputError]:
    """A plan of an analysis that is not the frozen one."""
    if not isinstance(plan, Mapping):
        raise _unreadable(f"{bundle.path}/{name}", "this is not a plan")
    frozen = frozen_plan(plan_json(content))
    wanted = json.loads(json.dumps(Plan.from_dict(frozen).to_dict()))
    for key in frozen:
        if key != "study" and plan.get(key) != wanted[key]:
            yield _difference(name, f"{key} is not that of the frozen study file")
    study = plan.get("study")
    study = study if isinstance(study, dict) else {}
    known = frozen["study"] | {"digest": content.frozen_digest, "draw_nonce": content.nonce}
    for key, value in known.items():
        if study.get(key) != value:
            yield _difference(name, f"study.{key} is not that of the frozen study")
    if study.get("exclusions", []) != _exclusions(bundle):
        yield _difference(name, "study.exclusions is not what exclusions.csv has")


def _exclusions(bundle: Bundle) -> list[dict[str, Any]]:
    kept = ("assignment", "rater", "item", "role", "reason", "at")
    return [
        {key: row.get(key, "") for key in kept}
        | {"position": _number(row.get("position", "")), "excluded": row.get("excluded") == "true"}
        for _, row in bundle.rows("exclusions")
    ]


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0


def _changed_report(bundle: Bundle, content: FrozenStudy, path: Path | None) -> Iterator[InputError]:
    """A report whose plan or inputs are not those of the bundle."""
    name = REPORT if path is None else str(path)
    if path is None and not bundle.has(REPORT):
        return
    report = bundle.json(REPORT) if path is None else _read_report(path)
    sources = report.get("inputs") if isinstance(report, dict) else None
    if not isinstance(sources, list) or not all(isinstance(source, dict) for source in sources):
        raise _unreadable(name, "this is not a report.json")
    if report.get("plan") != bundle.json("plan.json"):
        yield _difference(name, "its plan is not the plan.json of the bundle")
    yield from _changed_plan(bundle, content, name, report.get("plan"))
    listed = set()
    for source in sources:
        table = str(source.get("name"))
        listed.add(table)
        if not bundle.has(table):
            yield _difference(name, f"it was computed from {table}, which the bundle does not have")
        elif hashlib.sha256(bundle.bytes(table)).hexdigest() != source.get("sha256"):
            yield _difference(name, f"it was computed from another {table}")
        elif len(bundle.rows(table.removesuffix(".csv"))) != source.get("rows"):
            yield _difference(name, f"it counts other rows than {table} has")
    for table in ANALYSED:
        if bundle.has(f"{table}.csv") and f"{table}.csv" not in listed:
            yield _difference(name, f"it was computed without {table}.csv")


def _read_report(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except OSError as error:
        raise _unreadable(str(path), f"can't read the file ({error.strerror})") from error
    except (ValueError, RecursionError) as error:
        raise _unreadable(str(path), "this is not valid JSON") from error


def read_record(bundle: Bundle) -> Record | None:
    """The record of the answers; None where an older version made the bundle."""
    if not bundle.has(RECORD):
        return None
    try:
        return msgspec.convert(bundle.json(RECORD), Record)
    except msgspec.ValidationError as error:
        raise _unreadable(f"{bundle.path}/{RECORD}", f"this is not a record of answers ({error})") from error


def audit_head(bundle: Bundle) -> dict[str, Any]:
    """The head of the audit trail in the plan of the report; a site always writes one."""
    study = bundle.json("plan.json").get("study")
    head = study.get("audit_head") if isinstance(study, dict) else None
    return head if isinstance(head, dict) else {"sequence": 0, "digest": ""}


@dataclass
class TableCheck:
    """Whether the tables fit what was frozen: each row belongs to a slot that its rater had."""

    bundle: Bundle
    content: FrozenStudy

    def differences(self) -> Iterator[InputError]:
        """Every row that does not fit."""
        yield from self._raters()
        yield from self._scripts()
        yield from self._exclusions()
        yield from self._assignments()
        yield from self._answers("judgments", [each.slug for each in self.spec.criteria])
        sides = [""] if self.is_single else ["left", "right"]
        yield from self._answers("scores", sides if self.spec.score else [])
        yield from self._marks()

    @cached_property
    def spec(self) -> Any:
        return plan_of_content(self.content)

    @property
    def is_single(self) -> bool:
        return self.spec.design.is_single

    @cached_property
    def kinds(self) -> dict[str, str]:
        return {row["code"]: row["kind"] for _, row in self.bundle.rows("raters")}

    @cached_property
    def seats(self) -> dict[str, list[int]]:
        """The seats that each rater has had."""
        found: dict[str, list[int]] = {}
        name = f"{FOLDER}seat_events.json"
        try:
            events = msgspec.convert(self.bundle.json(name), list[SeatEvent])
        except msgspec.ValidationError as error:
            raise _unreadable(
                f"{self.bundle.path}/{name}", f"these are not events of seats ({error})"
            ) from error
        for event in events:
            if event.verb in ("taken", "taken over"):
                found.setdefault(event.rater, []).append(event.seat)
        return found

    @cached_property
    def slots(self) -> dict[Place, FrozenSlot]:
        return slots_by_place(self.content.slots)

    @cached_property
    def last_event(self) -> dict[str, bool]:
        return {row["assignment"]: row["excluded"] == "true" for _, row in self.bundle.rows("exclusions")}

    @cached_property
    def assigned(self) -> dict[str, dict[str, str]]:
        return {row["assignment"]: row for _, row in self.bundle.rows("assignments")}

    def slot(self, row: Mapping[str, str]) -> FrozenSlot | None:
        phase = PRACTICE if row.get("kind") == PRACTICE else MAIN
        places = [
            Place(seat, phase, _number(row.get("position", "")))
            for seat in self.seats.get(row.get("rater", ""), ())
        ]
        return next((self.slots[place] for place in places if place in self.slots), None)

    def _raters(self) -> Iterator[InputError]:
        for code in sorted(self.kinds.keys() ^ self.seats.keys()):
            yield _difference("raters.csv", f"rater {code} is not one of those who took a seat")

    def _scripts(self) -> Iterator[InputError]:
        entries = {entry.code: entry for entry in self.content.entries}
        rows = self.bundle.rows("scripts")
        for code in sorted(entries.keys() ^ {row["code"] for _, row in rows}):
            yield _difference("scripts.csv", f"entry {code} is missing here or was never frozen")
        for line, row in rows:
            entry, origin = entries.get(row["code"]), self.content.origins.get(row["code"])
            if entry and origin:
                known = {
                    "item": entry.brief,
                    "system": origin.system,
                    "sample": str(origin.sample),
                    "length": str(entry.length),
                    "digest": origin.script_digest,
                }
                yield from self._compare("scripts", line, row, known)

    def _exclusions(self) -> Iterator[InputError]:
        count: dict[str, int] = {}
        for line, row in self.bundle.rows("exclusions"):
            code = row["assignment"]
            count[code] = count.get(code, 0) + 1
            held = self.assigned.get(code, {})
            known = {
                "event": str(count[code]),
                "excluded": "true" if count[code] % 2 else "false",
                **{key: held.get(key, "") for key in ("item", "rater", "position")},
            }
            yield from self._compare("exclusions", line, row, known)

    def _assignments(self) -> Iterator[InputError]:
        seen = set()
        for line, row in self.bundle.rows("assignments"):
            slot = self.slot(row)
            if row["assignment"] in seen:
                yield _difference("assignments.csv", f"assignment {row['assignment']} is there twice", line)
            seen.add(row["assignment"])
            if slot is None:
                message = f"rater {row['rater']} had no pair at position {row['position']}"
                yield _difference("assignments.csv", message, line)
                continue
            brief = next(each for each in self.content.briefs if each.slug == slot.brief)
            manual = "manual" if self.last_event.get(row["assignment"]) else ""
            known = {
                "study": self.content.slug,
                "item": slot.brief,
                "series": brief.series_slug,
                "language": brief.language,
                "rater_kind": self.kinds.get(row["rater"], ""),
                "kind": slot.kind,
                "left_system": self._system(slot.left),
                "right_system": self._system(slot.right) if slot.second else "",
                "excluded": manual or AUTOMATIC.get(row["state"], ""),
            }
            yield from self._compare("assignments", line, row, known)

    def _answers(self, table: str, questions: list[str]) -> Iterator[InputError]:
        """Judgments by criterion, or scores by side, of the assignments that were answered."""
        key = "criterion" if table == "judgments" else "side"
        if not self.bundle.has(f"{table}.csv"):
            return
        found: dict[str, list[str]] = {}
        for line, row in self.bundle.rows(table):
            code = row["assignment"]
            found.setdefault(code, []).append(row[key])
            if code.startswith("lost-") and table == "judgments":
                yield from self._lost(line, row)
                continue
            held = self.assigned.get(code)
            slot = self.slot(held) if held else None
            if held is None or slot is None or held["state"] not in (*ANSWERED, "practised"):
                yield _difference(f"{table}.csv", f"assignment {code} was not answered", line)
                continue
            yield from self._compare(table, line, row, self._known(table, row, held, slot))
        for code, held in self.assigned.items():
            if held["state"] in ANSWERED and sorted(found.get(code, ())) != sorted(questions):
                yield _difference(f"{table}.csv", f"assignment {code} has other rows than were asked for")
        if table == "judgments":
            yield from self._lost_rows({code: rows for code, rows in found.items() if code in self.lost})

    def _known(
        self, table: str, row: Mapping[str, str], held: Mapping[str, str], slot: FrozenSlot
    ) -> dict[str, str]:
        shared = ("study", "item", "series", "language", "rater", "rater_kind", "sitting", "position", "kind")
        known = {key: held[key] for key in (*shared, "excluded", "submitted_at", "seconds") if key in held}
        if table == "scores":
            code = slot.left if row.get("side") in ("", "left") else slot.right
            rubric = self.spec.score
            scale = (
                {}
                if rubric is None
                else {
                    "scale_min": str(rubric.min),
                    "scale_max": str(rubric.max),
                    "rubric": f"{rubric.rubric}@{rubric.version}",
                }
            )
            return known | scale | {"system": self._system(code), "script": self.script(code)}
        for side, code in (("left", slot.left), ("right", slot.right)):
            known |= {
                f"{side}_system": self._system(code),
                f"{side}_script": self.script(code),
                f"{side}_length": str(self._lengths.get(code, "")),
            }
        return known | {"reading": "2" if slot.kind == "repeat" else "1"}

    def _marks(self) -> Iterator[InputError]:
        for line, row in self.bundle.rows("marks"):
            held = self.assigned.get(row["assignment"])
            slot = self.slot(held) if held else None
            if held is None or slot is None:
                message = f"assignment {row['assignment']} is not in assignments.csv"
                yield _difference("marks.csv", message, line)
                continue
            known = {key: held[key] for key in ("study", "item", "rater")}
            yield from self._compare("marks", line, row, known)
            shown = {(self._system(code), self.script(code)) for code in (slot.left, slot.right) if code}
            if (row["system"], row["script"]) not in shown:
                yield _difference("marks.csv", "the marked script was not shown in this pair", line)

    @cached_property
    def lost(self) -> Mapping[str, Any]:
        """The slots that are lost because a script is missing, by a code in place of the assignment's."""
        try:
            return missing_slots(self.content) if self.spec.plan.missing_script == "loss" else {}
        except NO_DRAW:
            return {}  # what was frozen differs, and that is named already

    def _lost(self, line: int, row: Mapping[str, str]) -> Iterator[InputError]:
        each = self.lost.get(row["assignment"])
        if each is None or each.seat not in self.seats.get(row["rater"], ()):
            yield _difference("judgments.csv", f"no script is missing for {row['assignment']}", line)
            return
        slot = each.slot
        left, right = (slot.first, slot.second) if slot.first_on_left else (slot.second, slot.first)
        known = {"item": slot.brief, "left_system": left, "right_system": right, "choice": each.choice}
        yield from self._compare("judgments", line, row, known | {"kind": MAIN, "imputed": "true"})

    def _lost_rows(self, found: Mapping[str, list[str]]) -> Iterator[InputError]:
        """Seats with at least one judgment have all their lost slots."""
        seats = {
            seat
            for held in self.assigned.values()
            if held["state"] == "submitted" and held["kind"] == MAIN and not held["excluded"]
            for seat in self.seats.get(held["rater"], ())
        }
        criteria = sorted(each.slug for each in self.spec.criteria)
        for code, each in self.lost.items():
            wanted = criteria if each.seat in seats else []
            if sorted(found.get(code, ())) != wanted:
                yield _difference("judgments.csv", f"{code} has other rows than the plan counts as lost")

    @cached_property
    def _lengths(self) -> dict[str, int]:
        return {entry.code: entry.length for entry in self.content.entries}

    def _system(self, code: str) -> str:
        origin = self.content.origins.get(code)
        return origin.system if origin else ""

    def script(self, code: str) -> str:
        origin = self.content.origins.get(code)
        return origin.script_digest if origin else ""

    def _compare(
        self, table: str, line: int, row: Mapping[str, str], known: Mapping[str, str]
    ) -> Iterator[InputError]:
        for column, value in known.items():
            if row.get(column) != value:
                message = f"{column} is {row.get(column)!r}, but {value!r} by what was frozen and assigned"
                yield _difference(f"{table}.csv", message, line)


@dataclass
class RecordCheck:
    """Whether the tables have the recorded answers, and whether these lead to the head of the audit trail."""

    record: Record
    tables: TableCheck

    def differences(self) -> Iterator[InputError]:
        """Every break of the chain, and every answer that is not the recorded one."""
        try:
            breaks = list(self._breaks())
        except (ValueError, TypeError, AttributeError):
            breaks = ["its lines or answers are not as a site writes them"]
        yield from (_difference(RECORD, message) for message in breaks)
        if breaks:
            return  # nothing follows from answers that are not proven
        recorded = self._recorded()
        for table in RECORDED:
            rows = Counter(self._cells(table, row) for _, row in self.tables.bundle.rows(table))
            different = (recorded[table] - rows) + (rows - recorded[table])
            for code in sorted({row[0] for row in different} - self.tables.lost.keys()):
                yield _difference(f"{table}.csv", f"the rows of assignment {code} are not the recorded ones")
        yield from self._exclusions()

    def _last(self, verb: str) -> Line | None:
        slug = self.tables.content.slug
        lines = [line for line in self.record.lines if (line.verb, line.about) == (verb, slug)]
        return lines[-1] if lines else None

    def _breaks(self) -> Iterator[str]:
        lines = {line.sequence: line for line in self.record.lines}
        if len(lines) < len(self.record.lines):
            yield "a line of the audit trail is there twice"
        first = min(lines, default=0)
        digest = lines[first].previous if lines else ""
        for number, content in enumerate(self.record.chain, first):
            line = lines.pop(number, None)
            if line is not None and (line.content != content or not line.is_intact):
                yield f"line {number} of the audit trail was changed"
            digest = line_digest(number, digest, content)
        head = {"sequence": first + len(self.record.chain) - 1, "digest": digest}
        if lines or head != audit_head(self.tables.bundle):
            yield "the lines don't lead to the head of the audit trail in plan.json"
        closing, unblinding = self._last("add digest of judgments"), self._last("unblind")
        if closing is None or "measured" not in closing.detail or unblinding is None:
            yield "the line with the last digest, or the line of unblinding, is missing"
            return
        texts = [canonical_json(row).encode() + b"\n" for row in self.record.answers]
        wanted = unblinding.detail.get("answers", closing.detail).get("digest")
        if {hashlib.sha256(b"".join(texts)).hexdigest()} != {wanted, closing.detail.get("digest")}:
            yield "the answers are not those of closing and unblinding"

    def _recorded(self) -> dict[str, Counter[tuple[str, ...]]]:
        """The answers that count, by table, as `_cells` gives the rows of tables."""
        last: Counter[str] = Counter()
        for table, _at, code, *_place, number in self.record.answers:
            if table == "answerrevision":
                last[code] = max(last[code], number)
        found: dict[str, Counter[tuple[str, ...]]] = defaultdict(Counter)
        for kind, _at, code, _rater, _seat, _phase, _position, *values in self.record.answers:
            columns = RECORDED.get(f"{kind}s", ())
            if columns and values[len(columns)] == last[code]:
                cells = ["" if value is None else str(value) for value in values[: len(columns)]]
                if kind == "mark":
                    cells[0] = self._script(code, cells[0])
                found[f"{kind}s"][code, *cells] += 1
        return found

    def _cells(self, table: str, row: Mapping[str, str]) -> tuple[str, ...]:
        """The answer in a row. A single script is stored as the left one; marks name a script, not a side."""
        first, *columns = RECORDED[table]
        side = row["script"] if table == "marks" else row[first] or "left"
        return row["assignment"], side, *(row[name] for name in columns)

    def _script(self, code: str, side: str) -> str:
        slot = self.tables.slot(self.tables.assigned.get(code, {}))
        return self.tables.script(slot.left if side == "left" else slot.right) if slot else ""

    def _exclusions(self) -> Iterator[InputError]:
        line = self._last("unblind"), self._last("add digest of judgments")
        details = [each.detail.get("answers", each.detail) for each in line if each]
        recorded = next((set(each["excluded"]) for each in details if "excluded" in each), set())
        found = {
            f"{code}={row['excluded']}"
            for code, row in self.tables.assigned.items()
            if row["excluded"] and row["submitted_at"] and row["kind"] != PRACTICE
        }
        for each in sorted(recorded ^ found):
            code, _, reason = each.partition("=")
            yield _difference(
                "assignments.csv", f"the exclusion of assignment {code} ({reason}) is not as recorded"
            )
