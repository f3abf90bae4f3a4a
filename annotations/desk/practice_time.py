"""About how long practice takes, for whoever has to plan an evening."""

from math import ceil

from annotations.design.extras import practice_size
from annotations.models import Pairing, Slot, Study
from annotations.spec.study_options import practice_options
from generation.screenplay.measure import count_han, count_words

WORDS_A_MINUTE, HAN_A_MINUTE = 200, 300
"""An easy pace of reading for somebody who compares."""
TO_ANSWER = 2
"""Minutes a pair for answering, and for reading what is told afterwards."""


def practice_minutes(study: Study) -> int:
    """Minutes of one round, by what there is to read in it; 0 where nobody practises, or nothing is drawn."""
    rule, seat = practice_options(study), study.seats.order_by("pk").first()
    if rule is None or seat is None:
        return 0
    pairings = Pairing.objects.filter(kind=Pairing.Kind.PRACTICE, study_brief__study=study)
    each = [_minutes(one) for one in pairings.select_related("first", "second", "study_brief")]
    if not each:
        return 0
    slots = Slot.objects.filter(seat=seat, phase=Slot.Phase.PRACTICE).count()
    return ceil(practice_size(slots, rule.tries) * sum(each) / len(each))


def _minutes(pairing: Pairing) -> float:
    brief = pairing.study_brief
    parts = [brief.content.get(key) or "" for key in ("outline", "guideline", "previous_context")]
    parts += [person["profile"] for person in brief.content.get("characters", [])]
    parts += [entry.text for entry in (pairing.first, pairing.second) if entry]
    text = "\n".join(parts)
    pace = count_han(text) / HAN_A_MINUTE if brief.language == "zh" else count_words(text) / WORDS_A_MINUTE
    return TO_ANSWER + pace
