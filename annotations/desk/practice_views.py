"""Feedback after a practice pair: what had been damaged, and what the page saw of reading; never taste."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from annotations.desk import services
from annotations.desk.damage_explanation import explain_damage, highlight_elements
from annotations.desk.next_page import may_be_debriefed
from annotations.desk.pair_page import html_for_browser
from annotations.desk.responses import see_other
from annotations.desk.sessions import own_assignment, page_context, rater_required
from annotations.models import Assignment, Rater
from annotations.spec import study_options
from annotations.spec.study_options import LETTERS


@require_safe
@rater_required
def practice_feedback(request: HttpRequest, rater: Rater, code: str) -> HttpResponse:
    held = own_assignment(rater, code)
    if held.state != Assignment.State.PRACTISED:
        raise Http404
    if held.skip_reason == services.CONFLICT:
        return see_other("rater-desk")
    how = services.practice_result(rater, held)
    slot = held.slot
    last = how.number == how.of
    damage = explain_damage(slot.pairing)
    context = page_context(
        rater,
        how=how,
        letter=LETTERS.get(how.damaged, ""),
        damage=damage,
        skipped=bool(held.skip_reason),
        last=last,
        again=last and rater.practised_at is None and rater.turned_away_at is None,
        round=services.practice_round(rater, how),
        unread=_unread(held),
        scripts=[
            (
                LETTERS[side],
                *highlight_elements(
                    html_for_browser(entry.html),
                    damage.damaged if side == how.damaged else damage.original,
                    f"place-{LETTERS[side].lower()}",
                ),
            )
            for side, entry in slot.sides.items()
        ],
        brief_language=slot.pairing.study_brief.language,
    )
    if rater.turned_away_at:
        context |= turned_away_page(rater)
    return render(request, "rater/practice_feedback.html", context)


def turned_away_page(rater: Rater) -> dict[str, Any]:
    """What stays open to somebody whose part ended with practice."""
    return {
        "debriefing": may_be_debriefed(rater),
        "earned": services.rater_earnings(rater),
        "way_back": study_options.proof_options(rater.study, "practice_failed"),
    }


def _unread(held: Assignment) -> list[str]:
    """Letters of the scripts whose end was never on screen, where the page could measure it."""
    shares = (("A", held.share_read_left), ("B", held.share_read_right))
    return [letter for letter, share in shares if share is not None and share < 0.9]
