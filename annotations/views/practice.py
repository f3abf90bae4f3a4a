"""Feedback after a practice pair: what had been damaged, and what the page saw of reading; never taste."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from annotations import services
from annotations.damage_words import damage_told
from annotations.models import Assignment, Rater
from annotations.terms import LETTERS
from annotations.views.rater_access import own_assignment, page, rater_required, see_other


@require_safe
@rater_required
def practised(request: HttpRequest, rater: Rater, code: str) -> HttpResponse:
    held = own_assignment(rater, code)
    if held.state != Assignment.State.PRACTISED:
        raise Http404
    if held.skip_reason == services.CONFLICT:
        return see_other("rater-desk")
    how = services.practised_as(rater, held)
    slot = held.slot
    context = page(
        rater,
        how=how,
        letter=LETTERS.get(how.damaged, ""),
        told=damage_told(slot.pairing),
        skipped=bool(held.skip_reason),
        last=how.number == how.of,
        again=how.number == how.of and rater.practised_at is None and rater.turned_away_at is None,
        unread=_unread(held),
        scripts=[(LETTERS[side], entry.html) for side, entry in slot.sides.items()],
        brief_language=slot.pairing.study_brief.language,
    )
    return render(request, "rater/practised.html", context)


def _unread(held: Assignment) -> list[str]:
    """Letters of the scripts whose end was never on screen, where the page could measure it."""
    shares = (("A", held.share_read_left), ("B", held.share_read_right))
    return [letter for letter, share in shares if share is not None and share < 0.9]
