"""The cast's small study with more on the way: practice, pay, breaks, guesses, debriefing, Prolific."""

from typing import Any

from annotations.models import Pairing, Slot, Study
from tests.annotations.desk.cast import CRITERIA, Reader, _pairing

PAY = {"currency": "EUR", "per_pair": "12.50", "minutes": 20}
DEBRIEFING = {"en": "Half of the scripts were written by machines.", "zh": "其中一半剧本由机器写成。"}
COMPLETION = {"code": "QUINCE7", "url": "https://recruiter.example/done?cc=QUINCE7"}
PRACTICE = {"briefs": [], "system": "human", "damage": ["swap"], "pass": 2, "tries": 2}


def with_practice(
    study: Study, pairs: int = 2, tries: int = 2, language: str = "en", more: str = ""
) -> Study:
    """Practice slots for each try in every seat; the first script of each is the damaged one."""
    for number in range(pairs * tries):
        pairing = _pairing(study, 50 + number, language, single=False, more=more)
        pairing.study_brief.role = "practice"
        pairing.study_brief.save()
        Pairing.objects.filter(pk=pairing.pk).update(
            kind="practice", worse="first", damage={"kind": "swap", "seed": 1, "where": []}
        )
        for seat in study.seats.all():
            Slot.objects.create(
                seat=seat,
                phase="practice",
                position=number + 1,
                pairing=pairing,
                first_on_left=number % 2 == 0,
            )
    return study


def judge(reader: Reader, choice: str = "left") -> Any:
    """Send the pair that is held with the same choice everywhere."""
    fields = {f"choice_{slug}": choice for slug, *_ in CRITERIA}
    return reader.post(reader.address(), reader.answers(**fields, strength_overall=None))


def find_damage(reader: Reader, right: bool) -> Any:
    """Judge the practice pair that is held: for the undamaged script, or against it."""
    damaged_left = reader.held().slot.first_on_left
    return judge(reader, "right" if damaged_left == right else "left")


def text(reader: Reader, path: str) -> str:
    return " ".join(reader.get(path).content.decode().split())
