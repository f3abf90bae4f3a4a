"""An unblinded study as files: the tables, the plan, the digests; what recomputing every number needs."""

import csv
import hashlib
import io
import itertools
import json
import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from django.utils.translation import override

import evalsite
from analysis.frozen_plan import frozen_plan
from analysis.tables import frames
from analysis.tables.table_rows import BATCH
from annotations.blinding.frozen_check import check_unblinded, frozen_study, revealed_origins
from annotations.blinding.frozen_content import FOLDER, RECORD, as_files
from annotations.blinding.judgment_digests import provable_record
from annotations.blinding.unblinders import frozen_moment
from annotations.blinding.unblinding import shared_lines
from annotations.desk.pair_page import scene_title
from annotations.models import Pairing, SeatEvent, Study, UnblindingRequest
from annotations.spec.mark_kinds import KINDS
from annotations.spec.study_options import mark_options
from annotations.staff.studies.exclusions import exclusion_events
from annotations.staff.studies.flow import flow_counts, missing_by_system, scripts_by_system
from evalsite.core.account_events import account_lines
from evalsite.core.audit_chain import Head, head
from evalsite.core.digests import canonical_json, json_digest
from evalsite.core.errors import InputError
from evalsite.core.models import AuditEvent, last_detail
from evalsite.core.spreadsheets import safe_cell

if TYPE_CHECKING:
    import pandas as pd

    from analysis.command_line.verify import Bundle
    from analysis.stats import Plan

FORMATS = ("csv", "jsonl", "parquet")
# What the analysis starts from; the other tables are for the reader.
ANALYSED = ("judgments", "scores", "marks", "raters")
CODEBOOK = "codebook.csv"
READING = ("export", "bundle", "download", "ask for full PDF", "store report", "read case", "read cases")
"""What is noted in the audit trail and changes nothing of the study."""


def csv_bytes(frame: "pd.DataFrame", *, header: bool = True) -> bytes:
    """UTF-8, a header row, LF: the very bytes whose digest the report prints. No text starts a formula."""
    import pandas as pd

    safe = {
        str(name): pd.Series([safe_cell(value) for value in column], index=frame.index, dtype=object)
        for name, column in frame.select_dtypes(exclude=["number", "bool"]).items()
    }
    return frame.assign(**safe).to_csv(index=False, header=header, lineterminator="\n").encode()


def analysed_tables(study: Study) -> dict[str, "pd.DataFrame"]:
    """What the report is computed from: judgments, the scores and marks that raters were asked for, and the
    raters' profiles."""
    names = [name for name in frames.available_tables(study) if name in ANALYSED]
    return {name: frames.TABLES[name](study).frame() for name in names}


def plan_of(study: Study) -> "Plan":
    """What the study file fixed before the data, as the analysis takes it. Raises InputErrors."""
    from analysis.stats import Plan

    value = frozen_plan(study.spec)
    value |= _labels(study)
    value["study"] |= {
        "digest": study.frozen_digest,
        "audit_head": _head_of(study),
        "draw_nonce": study.draw_nonce,
        "flow": flow_counts(study),
        "scripts": scripts_by_system(study),
        "missing": missing_by_system(study),
        "planned_exclusions": study.spec["plan"]["exclusions"],
        **_exclusions(study),
        **unblinding_facts(study),
    }
    # Through JSON with sorted keys, as plan.json holds it: the order of keys is part of a report's bytes.
    return Plan.from_json(canonical_json(value))


def _head_of(study: Study) -> dict[str, Any] | None:
    """The audit trail up to the last line about this study, apart from those that only read it.

    So the site, `manage.py report` and the command line write the same bytes.
    """
    return _as_dict(head(about=study.slug, apart_from=READING))


def _as_dict(found: Head | None) -> dict[str, Any] | None:
    return found.to_dict() if found else None


def unblinding_facts(study: Study) -> dict[str, Any]:
    """Who unblinded the study, when, how and where, and its amendments: the parts of it that there are."""
    found: dict[str, Any] = {"amendments": _amendments(study)} if study.amendments.exists() else {}
    done = study.unblindings.filter(state=UnblindingRequest.State.CONFIRMED).first()
    if done is None or done.confirmed_by is None:
        return found
    steps = (
        ("requested", done.requested_by, done.requested_at, done.requested_with),
        ("confirmed", done.confirmed_by, done.ended_at, done.confirmed_with),
    )
    since = frozen_moment(study)
    detail = last_detail(verb="unblind", about=study.slug)
    shared = {key: detail[key] for key in ("shared", "withheld", "checked") if detail.get(key) is not None}
    if earlier := [{**line.detail, "at": frames.cell(line.at)} for line in shared_lines(study)]:
        shared["earlier"] = earlier
    return found | {
        "unblinding": {
            "unblinders": [each["name"] for each in study.spec.get("unblinders", ())],
            "place": done.place,
            **shared,
            "steps": [
                {
                    "step": step,
                    "who": user.get_username(),
                    "at": frames.cell(at),
                    "factor": factor,
                    "account_events": account_lines(user, since).filter(at__lte=study.unblinded_at).count(),
                }
                for step, user, at, factor in steps
            ],
        }
    }


def _amendments(study: Study) -> list[dict[str, Any]]:
    rows = study.amendments.select_related("unblinder_change__requested_by", "unblinder_change__accepted_by")
    found = []
    for row in rows:
        told: dict[str, Any] = {"at": frames.cell(row.at), "who": row.who, "text": row.text}
        if change := getattr(row, "unblinder_change", None):
            told["unblinder"] = {
                "old": change.old,
                "new": change.new_name,
                "requested_by": change.requested_by.get_username(),
                "accepted_by": change.accepted_by.get_username(),
                "factor": change.accepted_with,
            }
        found.append(told)
    return found


def _labels(study: Study) -> dict[str, dict[str, Any]]:
    """Labels of the kinds of marks that the study defines, as the report has those of the included kinds; and
    titles of series and scenes as raters read them, with the slug where two are the same."""
    options = mark_options(study)
    kinds = {kind.slug: kind.label for kind in options.kinds} if options else {}
    own = {slug: label for slug, label in kinds.items() if label != KINDS.get(slug)}
    briefs = list(study.main_briefs)
    series = {brief.series_slug: brief.content.get("series", {}).get("title", "") for brief in briefs}
    items: dict[str, dict[str, str]] = {}
    for key, language in (("en", "en"), ("zh", "zh-hans")):
        with override(language):
            titles = {brief.slug: scene_title(brief.content) for brief in briefs}
        items = {slug: items.get(slug, {}) | {key: title} for slug, title in _distinct(titles).items()}
    return {"mark_labels": own, "series_labels": _distinct(series), "item_labels": items}


def _distinct(titles: Mapping[str, str]) -> dict[str, str]:
    often = Counter(titles.values())
    return {
        slug: f"{title} ({slug})" if often[title] > 1 else title for slug, title in titles.items() if title
    }


def _exclusions(study: Study) -> dict[str, Any]:
    """Answers that a person excluded by hand: the report lists them. Names of people stay on the site."""
    told = [
        {
            "assignment": event.assignment.code,
            "rater": event.assignment.rater.code,
            "item": event.assignment.slot.pairing.study_brief.slug,
            "position": event.assignment.slot.position,
            "excluded": event.excluded,
            "role": event.role,
            "reason": event.reason,
            "at": frames.cell(event.at),
        }
        for event in exclusion_events(study)
    ]
    return {"exclusions": told} if told else {}


def json_bytes(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()


def loads(content: bytes) -> dict[str, Any]:
    return dict(json.loads(content))


def digests(contents: Mapping[str, bytes]) -> dict[str, str]:
    """SHA-256 of each file, by its name."""
    return {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}


def data_digest(results: Mapping[str, Any]) -> str:
    """One digest over the digests of the tables that a report was computed from."""
    return json_digest([[source["name"], source["sha256"]] for source in results["inputs"]])


class _Sink(io.RawIOBase):
    """A buffer for libraries that write to a file: `take` removes what was written since the last call."""

    def __init__(self) -> None:
        self._written = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._written += data
        return len(data)

    def take(self) -> bytes:
        taken = bytes(self._written)
        self._written.clear()
        return taken


def table_chunks(study: Study, name: str, form: str, *, rows_at_once: int = BATCH) -> Iterator[bytes]:
    """One table, one chunk for each batch of rows, which is read when the chunk is asked for.

    The caller has checked the study, for an answer that has begun cannot be refused any more.
    """
    frames.require_readable(study)
    batches = frames.TABLES[name](study).batches(rows_at_once)
    if form == "parquet":
        return _parquet_chunks(batches)
    if form == "csv":
        return (csv_bytes(frame, header=not number) for number, frame in enumerate(batches))
    return (frame.to_json(orient="records", lines=True, force_ascii=False).encode() for frame in batches)


def _parquet_chunks(batches: Iterable["pd.DataFrame"]) -> Iterator[bytes]:
    """A row group for each batch."""
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

    tables = (pa.Table.from_pandas(frame.astype("str"), preserve_index=False) for frame in batches)
    first, sink = next(tables), _Sink()
    with ParquetWriter(sink, first.schema) as writer:
        for table in itertools.chain([first], tables):
            writer.write_table(table)
            yield sink.take()
    yield sink.take()


def export_files(study: Study, form: str = "csv") -> dict[str, Iterable[bytes]]:
    """The tables with their codebook, the plan and the study's own record, as chunks by name of file.

    The chunks of a table are made while they are read, and can be read once.

    Raises frames.Sealed before unblinding, FrozenStudyDiffers where the stored study is not the frozen one.
    """
    frames.require_unblinded(study)
    check_unblinded(study)
    frames.require_readable(study)
    tables = {f"{name}.{form}": table_chunks(study, name, form) for name in frames.available_tables(study)}
    return tables | {
        CODEBOOK: [codebook_bytes(study)],
        "plan.json": [json_bytes(plan_of(study).to_dict())],
        "study.json": [json_bytes(study_record(study))],
    }


ERASABLE_COLUMNS = re.compile("reason|note|earlier_reason|skip_reason|series_known|profile_.*")
"""Columns whose cells a rater can have erased."""


def compare_tables(study: Study, bundle: "Bundle") -> Iterator[InputError]:
    """The rows in which the tables of a bundle differ from the site's.

    Raises frames.Sealed before unblinding.
    """
    frames.require_unblinded(study)
    fix = "don't use this bundle: make a new one on the site."
    lines = AuditEvent.objects.filter(about=study.slug, verb__in=["withdraw", "erase"])
    left = set(lines.values_list("detail__rater", flat=True))
    for name in frames.available_tables(study):
        text = b"".join(table_chunks(study, name, "csv")).decode()
        stored, given = list(csv.DictReader(io.StringIO(text, newline=""))), bundle.rows(name)
        if len(stored) != len(given):
            yield InputError(f"{name}.csv", 1, 1, f"{len(given)} rows; the site has {len(stored)}.", fix)
        for own, (line, row) in zip(stored, given, strict=False):
            # A rater can leave, have words erased, and decide about training, after the bundle was made.
            has_left = (own.get("rater") or own.get("code")) in left
            changed = [
                column
                for column, value in own.items()
                if value != row[column]
                and column != "training_use"
                and not (has_left and ERASABLE_COLUMNS.fullmatch(column) and value in ("", "other"))
                and not (has_left and column == "withdrawn_at" and not row[column])
            ]
            if changed:
                message = f"{', '.join(sorted(changed))}: not as on the site."
                yield InputError(f"{name}.csv", line, 1, message, fix)


def codebook_bytes(study: Study) -> bytes:
    """What each column of the study's tables means."""
    from analysis.tables.codebook import codebook_csv

    return codebook_csv(frames.available_tables(study))


def study_record(study: Study) -> dict[str, Any]:
    """What was frozen, when, and every amendment since; no text of a script."""
    times = ("created_at", "frozen_at", "opened_at", "closed_at", "unblinded_at")
    return {
        "slug": study.slug,
        "state": study.state,
        "seed": study.seed,
        "draw_nonce": study.draw_nonce,
        "rights": study.spec["rights"],
        **{key: study.spec["plan"][key] for key in ("exclusions", "missing_script", "presentation")},
        "names": study.spec["materials"].get("names", {}),
        **_damage(study),
        "frozen_digest": study.frozen_digest,
        "spec_digest": study.spec_digest,
        "audit_head": _as_dict(head()),
        "version": evalsite.__version__,
        "times": {name: frames.cell(getattr(study, name)) for name in times},
        "amendments": [],
        **unblinding_facts(study),
    }


def _damage(study: Study) -> dict[str, Any]:
    """The pairings with a known answer of an unblinded study, and what was done to the worse script."""
    if study.is_sealed:
        return {}
    rows = Pairing.objects.filter(study_brief__study=study).exclude(worse="")
    told = [
        {"item": item, "kind": kind, "original": first, "damaged": second, "damage": damage}
        for item, kind, first, second, damage in rows.order_by(
            "study_brief__slug", "second__code"
        ).values_list("study_brief__slug", "kind", "first__code", "second__code", "damage")
    ]
    return {"known_worse": told} if told else {}


def bundle_chunks(study: Study, report_files: Mapping[str, bytes]) -> Iterator[bytes]:
    """One zip from which anyone recomputes the report: tables, plan, the report itself, digests, and how.

    Raises as `export_files` does, before the first chunk.
    """
    results = loads(report_files["report.json"])
    files = export_files(study)
    files |= {f"report/{name}": [content] for name, content in report_files.items()}
    last = results["plan"]["study"]["audit_head"]["sequence"]
    files |= {name: [content] for name, content in frozen_files(study, last).items()}
    # The plan as the report took it: what it tells of the study (its flow) may have moved on since.
    files["plan.json"] = [json_bytes(results["plan"])]
    files["README.txt"] = [how_to_recompute(results).encode()]
    return _zip_chunks(files)


def _zip_chunks(files: Mapping[str, Iterable[bytes]]) -> Iterator[bytes]:
    """A zip of the files in order of their names, then the list of their digests."""
    sink, listed = _Sink(), ""
    with zipfile.ZipFile(sink, "w") as archive:
        for name in sorted(files):
            digest = hashlib.sha256()
            with archive.open(_zip_member(name), "w") as member:
                for chunk in files[name]:
                    digest.update(chunk)
                    member.write(chunk)
                    yield sink.take()
            listed += f"{digest.hexdigest()}  {name}\n"
        archive.writestr(_zip_member("SHA256SUMS"), listed)
    yield sink.take()


def _zip_member(name: str) -> zipfile.ZipInfo:
    # A fixed date: the same study makes the same bytes.
    member = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    member.compress_type = zipfile.ZIP_DEFLATED
    return member


def frozen_files(study: Study, last: int) -> dict[str, bytes]:
    """Everything that the frozen digest is made of, who took which seat, and what proves the answers by the
    audit trail up to line `last`: `verify` computes it again."""
    content = frozen_study(study, revealed_origins(study), study.draw_nonce)
    events = SeatEvent.objects.filter(seat__study=study).order_by("seat__number", "number")
    told = [
        {"seat": seat, "number": number, "verb": verb, "rater": rater, "at": frames.cell(at)}
        for seat, number, verb, rater, at in events.values_list(
            "seat__number", "number", "verb", "rater_code", "at"
        )
    ]
    values = as_files(content) | {f"{FOLDER}seat_events.json": told}
    if record := provable_record(study, last):
        values[RECORD] = record
    return {name: json_bytes(value) for name, value in values.items()}


HOW_TO_RECOMPUTE = """\
This bundle contains all data behind the report. To recompute the report without the server or its database:

    python -m analysis.stats report {tables} --plan plan.json{seed} --out again

Then compare again/report.json with report/report.json. They are identical byte for byte if the software
versions listed in the file are the same. `sha256sum -c SHA256SUMS` checks the files. codebook.csv explains
every column of every table, in English and Chinese.

The folder frozen/ holds everything that the frozen digest is made of: the study file, the digest and the
length of each entry, what each entry was with its nonce, and the draw. frozen/record.json has every answer as
it was stored, and the lines of the audit trail that cover them. To compute the digests and the draw again,
and to check that the tables and the report fit them:

    python -m analysis.stats verify BUNDLE.zip
"""


def how_to_recompute(results: Mapping[str, Any]) -> str:
    """What a bundle's README says of a report."""
    tables = " ".join(f"--{source['table']} {source['name']}" for source in results["inputs"])
    seed, replicates = results["seed"], results["plan"]["replicates"]
    return HOW_TO_RECOMPUTE.format(tables=tables, seed=f" --seed {seed} --replicates {replicates}")
