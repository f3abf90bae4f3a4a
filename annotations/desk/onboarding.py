"""What a rater says before the first pair (consent, profile, series worked on), and the example of the
instructions. A series that the rater worked on never comes from then on, also in mid-pair.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import msgspec
from django.db import transaction
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from annotations.desk.consent import agreed_text, consent_terms
from annotations.desk.practice import conclude_practice
from annotations.desk.progress import progress
from annotations.desk.seats import CONFLICT, lock_rater, study_state
from annotations.errors import NotOpen
from annotations.models import Assignment, Consent, Rater, RaterStatement, Slot, Study
from evalsite.core.clock import database_now
from generation.screenplay import parse, render_html
from generation.screenplay.house import house

State = Assignment.State


def record_profile(rater: Rater) -> None:
    """Append the rater's profile as it is now, unless it is as before. The caller has locked the
    rater's row."""
    told = {"profile": rater.profile, "series_known": rater.series_known, "conflicts": rater.conflicts}
    last = rater.statements.filter(about=RaterStatement.About.PROFILE).last()
    if last is None or last.content != told:
        RaterStatement.objects.create(rater=rater, about=RaterStatement.About.PROFILE, content=told)


@transaction.atomic
def declare_conflict(*, assignment: Assignment) -> None:
    """The rater worked on the series of this assignment: it is given back unjudged, and no scene of the
    series comes again. Twice is once. It may be declared while the study pauses, too. Raises NotOpen."""
    _expect_not_closed(assignment.rater)
    rater = lock_rater(assignment.rater_id)
    if rater.withdrawn_at:
        raise NotOpen("withdrawn")
    series = series_slug(assignment.slot)
    if series not in rater.conflicts:
        rater.conflicts = sorted({*rater.conflicts, series})
        rater.save(update_fields=["conflicts"])
        record_profile(rater)
    release_conflicts(rater, database_now())


def series_slug(slot: Slot) -> str:
    return slot.pairing.study_brief.series_slug


def in_conflict(rater: Rater, slot: Slot) -> bool:
    """Whether the rater may not see the scripts of this slot."""
    return series_slug(slot) in rater.conflicts


def release_conflicts(rater: Rater, now: datetime) -> None:
    """Give back what the rater holds of a series in conflict; of practice it ends, and its try is judged
    without it. The caller holds the rater's row."""
    for held in _open_in_conflict(rater) if rater.conflicts else ():
        if held.slot.phase == Slot.Phase.PRACTICE:
            held.state, held.excluded, held.skip_reason = State.PRACTISED, "practice", CONFLICT
            held.save(update_fields=["state", "excluded", "skip_reason"])
            conclude_practice(rater, now)
        else:
            held.state = State.RELEASED
            held.save(update_fields=["state"])


def _open_in_conflict(rater: Rater) -> Iterable[Assignment]:
    held = rater.assignments.filter(
        state=State.OPEN, slot__pairing__study_brief__series_slug__in=rater.conflicts
    )
    return list(held.select_for_update(no_key=True, of=("self",)).select_related("slot"))


def _expect_not_closed(rater: Rater) -> None:
    """Raises NotOpen after closing: the digests of closing cover what raters stated."""
    if (state := study_state(rater.study_id)) in (Study.State.CLOSED, Study.State.UNBLINDED):
        raise NotOpen(state)


def _present(rater: Rater) -> Rater:
    locked = lock_rater(rater.pk)
    if locked.withdrawn_at:
        raise NotOpen("withdrawn")
    return locked


@transaction.atomic
def give_consent(*, rater: Rater, language: str, training_use: bool) -> Consent:
    """Store what was agreed to, word for word with its points, once for each version of the text."""
    rater = _present(rater)
    tasks = progress(rater).total
    terms = consent_terms(rater.study, language, tasks)
    consent, _ = Consent.objects.get_or_create(
        rater=rater,
        version=rater.study.spec["consent"]["version"],
        defaults={
            "language": language,
            "text": agreed_text(terms, language),
            "terms": msgspec.to_builtins(terms),
            "tasks": tasks,
            "training_use": training_use,
        },
    )
    return consent


@transaction.atomic
def save_profile(
    *, rater: Rater, profile: Mapping[str, Any], series_known: Sequence[str], conflicts: Sequence[str] = ()
) -> None:
    """Store a profile as a new version. Release open pairs of series in `conflicts` or set by staff.

    No further pair of these series is given to the rater. Raises NotOpen.
    """
    _expect_not_closed(rater)
    rater = _present(rater)
    rater.profile = dict(profile)
    rater.series_known = sorted(set(series_known))
    rater.conflicts = sorted({*conflicts, *rater.staff_conflicts})
    rater.save(update_fields=["profile", "series_known", "conflicts"])
    record_profile(rater)
    release_conflicts(rater, database_now())


@transaction.atomic
def allow_training(*, rater: Rater, allowed: bool) -> None:
    """Keep that the rater allows the use of what was judged for training, or takes it back."""
    rater = _present(rater)
    if training_use(rater) != allowed:
        RaterStatement.objects.create(
            rater=rater, about=RaterStatement.About.TRAINING_USE, content={"training_use": allowed}
        )


def training_use(rater: Rater) -> bool | None:
    """The rater's last decision on the use for training; None before any consent."""
    said = rater.statements.filter(about=RaterStatement.About.TRAINING_USE).last()
    if said is not None:
        return bool(said.content["training_use"])
    given = rater.consents.order_by("at", "pk").last()
    return given.training_use if given else None


@transaction.atomic
def mark_instructed(*, rater: Rater) -> None:
    """Note when the instructions were first read to their end."""
    rater = _present(rater)
    if rater.instructed_at is None:
        rater.instructed_at = database_now()
        rater.save(update_fields=["instructed_at"])


@transaction.atomic
def mark_debriefed(*, rater: Rater) -> None:
    """Note when the debriefing was first read to its end."""
    rater = lock_rater(rater.pk)
    if rater.debriefed_at is None:
        rater.debriefed_at = database_now()
        rater.save(update_fields=["debriefed_at"])


_ENGLISH = """INT. FERRY TICKET HALL - DAWN

A shutter goes up. IDA, behind the glass, counts coins.

{first}
One to the island, please.

{second}
There is no boat on Sundays.
"""
_CHINESE = """1-1 渡口售票处 晨 内
人物：阿宁、船客
△ 卷帘拉起。阿宁在窗口后面数零钱。
{first}：一张去岛上的票。
{second}：星期天没有船。
"""
_PEOPLE = {"en": ("PASSENGER", "IDA"), "zh": ("船客", "阿宁")}
_MARKED = {"en": "There is no boat on Sundays.", "zh": "星期天没有船。"}


@dataclass(frozen=True, slots=True)
class Example:
    """Two scripts as HTML, B with the marked passage, in `language` (en or zh)."""

    language: str
    first: SafeString
    second: SafeString


@cache
def build_example(language: str) -> Example:
    asks, sells = _PEOPLE[language]
    text = _ENGLISH if language == "en" else _CHINESE
    right = render_html(house(parse(text.format(first=asks, second=sells), language)))
    wrong = render_html(house(parse(text.format(first=sells, second=asks), language)))
    marked = escape(_MARKED[language])
    return Example(
        language=language,
        first=mark_safe(right),  # noqa: S308 - our own two texts
        second=mark_safe(wrong.replace(marked, f"<mark>{marked}</mark>")),  # noqa: S308
    )
