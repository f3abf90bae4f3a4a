"""Judgments that nobody made: what was drawn with a script that was not there, where the plan counts a
missing script as a loss.

The study stores nothing of these slots. They are found by drawing again, which needs the nonce that
unblinding publishes.
"""

from annotations.blinding import study_draw
from annotations.models import Assignment, Rater, RevealedEntry, Study
from annotations.spec import forfeits
from annotations.spec.values import ScriptKey, from_json

Row = dict[str, str]


def imputed_rows(study: Study) -> list[Row]:
    """One row per criterion of every lost slot in a seat in which somebody judged: the script that there is
    wins, and with neither there it is `neither`. Empty under any other plan.

    A seat that somebody has worked in counts whole, for a loss needs no reading and would be the same whoever
    had come to it; a seat in which nobody judged counts nothing, as its other slots do. The rows are those of
    the rater who judged last in the seat. They have no position, seconds, strength, lengths or time.
    """
    spec = from_json(study.spec)
    gone = forfeits.missing_scripts(spec)
    if spec.plan.missing_script != "loss" or not gone:
        return []
    if not study.draw_nonce:
        raise ValueError(f"study {study.slug} has no nonce: its draw cannot be made again")
    briefs = {brief.slug: brief for brief in study.briefs.all()}
    raters, scripts = _raters(study), _scripts(study)
    rows = []
    for each in forfeits.find_forfeits(study_draw.draw_main_slots(study, study.draw_nonce), gone):
        if (rater := raters.get(each.seat)) is None:
            continue
        slot, brief = each.slot, briefs[each.slot.brief]
        left, right = (slot.first, slot.second) if slot.first_on_left else (slot.second, slot.first)
        common = {
            "study": study.slug,
            "assignment": each.code,
            "item": brief.slug,
            "series": brief.series_slug,
            "language": brief.language,
            "rater": rater.code,
            "rater_kind": rater.kind,
            "left_system": left,
            "right_system": right,
            "left_script": scripts.get((brief.slug, left), ""),
            "right_script": scripts.get((brief.slug, right), ""),
            "choice": each.choice,
            "kind": "main",
            "imputed": "true",
        }
        rows += [common | {"criterion": criterion.slug} for criterion in spec.criteria]
    return sorted(rows, key=lambda row: (row["rater"], row["item"], row["assignment"]))


def _raters(study: Study) -> dict[int, Rater]:
    """By the number of a seat, who judged last in it; what is excluded is no judging."""
    made = (
        Assignment.objects.filter(
            slot__seat__study=study, state=Assignment.State.SUBMITTED, excluded="", slot__pairing__kind="main"
        )
        .select_related("rater", "slot__seat")
        .order_by("submitted_at", "pk")
    )
    return {row.slot.seat.number: row.rater for row in made}


def _scripts(study: Study) -> dict[ScriptKey, str]:
    """The digest of the script of each brief and system that there is."""
    rows = RevealedEntry.objects.filter(entry__study_brief__study=study)
    return {
        (brief, system): digest
        for brief, system, digest in rows.values_list(
            "entry__study_brief__slug", "system_slug", "script_digest"
        )
    }
