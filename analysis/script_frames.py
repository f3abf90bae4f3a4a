"""The tables about scripts: those that were shown, and those that the draft rejected."""

from typing import TYPE_CHECKING

from analysis.table_parts import Row, cell, frame_of, require_unblinded
from annotations.models import RevealedEntry, Study
from annotations.staff.flow import rejected_scripts
from generation.models import Script
from generation.script_metrics.measuring import measure_script
from generation.script_metrics.words import NUMBERS

if TYPE_CHECKING:
    import pandas as pd

SOURCE = ("origin", "version", "rights")
FITNESS = tuple(number.name for number in NUMBERS)


def scripts(study: Study) -> "pd.DataFrame":
    """Every entry with what it was, its length and its digest; the texts stay where they are."""
    require_unblinded(study)
    entries = list(RevealedEntry.objects.filter(entry__study_brief__study=study).select_related("entry"))
    briefs = {brief.pk: brief for brief in study.briefs.all()}
    digests = [row.script_digest for row in entries]
    texts = Script.objects.filter(digest__in=digests).select_related("system", "source")
    known = {(script.digest, script.system.slug): script for script in texts}
    rows = []
    for revealed in entries:
        brief = briefs[revealed.entry.study_brief_id]
        script = known.get((revealed.script_digest, revealed.system_slug))
        rows.append(
            {
                "code": revealed.entry.code,
                "item": brief.slug,
                "language": brief.language,
                "system": revealed.system_slug,
                "sample": cell(revealed.script_sample),
                "redraws": cell(script.redraws if script else None),
                "length": cell(revealed.entry.length),
                "length_unit": "han_characters" if brief.language == "zh" else "words",
                "writer": script.writer if script else "",
                "finish_reason": script.finish_reason if script else "",
                "digest": revealed.script_digest,
                **_source(script),
                **_fitness(script),
            }
        )
    columns = [
        "code", "item", "language", "system", "sample", "redraws", "length", "length_unit", "writer",
        "finish_reason", "digest", *SOURCE, *FITNESS,
    ]  # fmt: skip
    return frame_of(
        columns, sorted(rows, key=lambda row: (row["item"], row["system"], row["sample"], row["digest"]))
    )


def rejections(study: Study) -> "pd.DataFrame":
    """Every script that the draft rejected, in order, with what had been found in it and what came then."""
    require_unblinded(study)
    found = rejected_scripts(study)
    stored = Script.objects.filter(
        digest__in=[digest for row, _ in found for digest in (row.script_digest, row.next_digest)]
    )
    samples = {
        (script.brief.slug, script.system.slug, script.digest): script.sample
        for script in stored.select_related("brief", "system")
    }
    rows = [
        {
            "code": row.code,
            "item": row.brief_slug,
            "system": system,
            "sample": cell(samples.get((row.brief_slug, system, row.script_digest))),
            "digest": row.script_digest,
            "next_sample": cell(samples.get((row.brief_slug, system, row.next_digest))),
            "next_digest": row.next_digest,
            "found": "; ".join(f"{each['kind']}: {each['excerpt']}" for each in row.found),
            "reason": row.reason,
            "rejected_by": row.rejected_by,
            "rejected_at": cell(row.rejected_at),
        }
        for row, system in found
    ]
    columns = [
        "code", "item", "system", "sample", "digest", "next_sample", "next_digest", "found", "reason",
        "rejected_by", "rejected_at",
    ]  # fmt: skip
    return frame_of(columns, rows)


def _fitness(script: Script | None) -> Row:
    """What was measured of the script as it was written (`generation.script_metrics.measures`)."""
    values = measure_script(script).values if script else {}
    return {name: cell(values.get(name)) for name in FITNESS}


def _source(script: Script | None) -> Row:
    """What was told of an imported script; empty for others."""
    source = getattr(script, "source", None)
    return {name: getattr(source, name, "") for name in SOURCE}
