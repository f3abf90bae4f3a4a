"""Which page comes next for a rater, who that is, and how a page leads there or back to a refused form."""

from typing import Any

from django.core import signing
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import resolve_url
from django.utils.crypto import salted_hmac

from annotations.desk import services
from annotations.desk.judging_form import interruptions_at, study_at
from annotations.desk.progress import slots_left
from annotations.desk.queries import Held
from annotations.models import Assignment, Pairing, Rater, Seat, Slot, Study
from annotations.spec import study_options
from evalsite.core.clock import database_now

COOKIE = "rater"
COOKIE_AGE = 60 * 60 * 24 * 30
SENT_COOKIE = "sent"
SENT_SECONDS = 3600
LONGEST_COOKIE = 3500
"""Characters that every browser still keeps, name and particulars included."""
AGAIN = "again"
"""In the address: show what was sent, and what is wrong with it."""


def signed_in_as(request: HttpRequest) -> tuple[str, str]:
    """The rater's code and the version of the link that opened this browser; "" and "" for anyone else."""
    try:
        given = request.COOKIES.get(COOKIE, "")
        signed = signing.TimestampSigner(salt=COOKIE).unsign(given, max_age=COOKIE_AGE)
    except signing.BadSignature:
        return "", ""
    code, _, version = signed.partition(":")
    return code, version


def form_token(rater: str, assignment: str) -> str:
    """Proves that a form was given to this rater for this assignment; both are named by their codes.

    It replaces Django's CSRF token, which a second visit through the personal link would change under
    a page that is still open; another site cannot read the page, so it cannot know it.
    """
    named = f"{rater} {assignment}"
    return salted_hmac("annotations.judging", named, algorithm="sha256").hexdigest()[:40]


def redirect_to_refused_form(request: HttpRequest, to: str, *args: Any) -> HttpResponse:
    """303 to the page of a form that was refused, which shows what was sent (`refused_form_data`).

    The page is then one that was asked for and not one that was posted, so that Back works from the next one.
    What was sent goes along in a cookie for that page alone, for an hour: the site itself keeps nothing of
    it, and so has nothing to erase. What no cookie could hold was sent by none of its pages.
    """
    response = see_other(to, *args)
    sent = request.POST.copy()
    sent.pop("csrfmiddlewaretoken", None)
    path = response["Location"]
    kept = signing.dumps(sent.urlencode(), salt=_salt(request, path), compress=True)
    if len(kept) > LONGEST_COOKIE:
        kept = signing.dumps("", salt=_salt(request, path))
    response.set_cookie(
        SENT_COOKIE,
        kept,
        max_age=SENT_SECONDS,
        path=path,
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )
    response["Location"] += f"?{AGAIN}=1"
    return response


def _salt(request: HttpRequest, path: str) -> str:
    """So that what one rater sent to one form appears there alone."""
    return f"{SENT_COOKIE} {signed_in_as(request)[0]} {path}"


def refused_form_data(request: HttpRequest) -> QueryDict | None:
    """What was last sent to this address and refused; None where the page is requested again."""
    if AGAIN not in request.GET:
        return None
    try:
        sent = signing.loads(
            request.COOKIES.get(SENT_COOKIE, ""), salt=_salt(request, request.path), max_age=SENT_SECONDS
        )
    except signing.BadSignature:
        return None
    return QueryDict(sent)


def see_other(to: str, *args: Any) -> HttpResponse:
    """303: what was posted is done, look there."""
    response = HttpResponse(status=303)
    response["Location"] = resolve_url(to, *args)
    return response


def seat_was_reassigned(rater: Rater) -> bool:
    """Whether the seat went to another rater before the rater had come to its end."""
    if rater.finished_at or rater.turned_away_at or rater.withdrawn_at:
        return False
    return not Seat.objects.filter(rater=rater).exists()


def participation_ended(rater: Rater) -> bool:
    """Whether the rater's part has come to an end, in whichever way short of leaving."""
    return bool(rater.finished_at or rater.turned_away_at) or seat_was_reassigned(rater)


def nothing_to_judge(rater: Rater) -> bool:
    """Whether conflicts have left the rater no pair that counts, from the first: checks alone are no work."""
    if not rater.conflicts or rater.finished_at:
        return False
    taken = (Assignment.State.OPEN, Assignment.State.SUBMITTED, Assignment.State.LATE)
    if rater.assignments.filter(state__in=taken).exists() or seat_was_reassigned(rater):
        return False
    return not slots_left(rater).filter(pairing__kind=Pairing.Kind.MAIN).exists()


def is_set_up(rater: Rater) -> bool:
    """Whether consent to the present text, profile and instructions are all behind the rater."""
    return has_consented(rater) and bool(rater.profile) and rater.instructed_at is not None


def has_consented(rater: Rater) -> bool:
    return rater.consents.filter(version=rater.study.spec["consent"]["version"]).exists()


CLOSED_PAGES = {
    Study.State.DRAFT: "rater/not_open.html",
    Study.State.FROZEN: "rater/not_open.html",
    Study.State.PAUSED: "rater/paused.html",
    Study.State.CLOSED: "rater/closed.html",
    Study.State.UNBLINDED: "rater/closed.html",
}


def next_page(rater: Rater, *, rested: bool = False) -> HttpResponse:
    """To the next pair, taking it; only ever called for a POST, for it changes something.

    A break that is due is proposed first, unless the rater comes from there (`rested`).
    """
    if rater.study.state != Study.State.OPEN or not is_set_up(rater) or nothing_to_judge(rater):
        return see_other("rater-desk")
    if not rested and due_break(rater):
        return see_other("rater-break")
    try:
        assignment = services.lease_next_assignment(rater=rater)
    except services.NotOpen:
        return see_other("rater-desk")
    if assignment:
        return see_other("assignment", assignment.code)
    rater.refresh_from_db()
    return see_other("rater-desk" if seat_was_reassigned(rater) else closing_page(rater))


def may_lease_next(held: Held) -> bool:
    """Whether nothing comes between this pair and the next one: no practice, no break, no guesses."""
    spec = study_at(held.study).spec
    pairs, guesses = interruptions_at(held.study)
    return (
        held.study_state == Study.State.OPEN
        and held.state == Assignment.State.OPEN
        and held.phase == Slot.Phase.MAIN
        and held.set_up
        and not (held.withdrawn or held.conflicts or held.taken)
        and (held.practised or not spec.get("practice"))
        and spec["consent"]["version"] in held.consents
        and not (pairs and (held.sent + 1) % pairs == 0)
        and not guesses
    )


def closing_page(rater: Rater) -> str:
    """Which page comes after the last pair: guesses, the debriefing, thanks; by its name."""
    if rater.turned_away_at:
        return "rater-desk"
    if services.guesses_due(rater):
        return "rater-guess"
    if study_options.debriefing_text(rater.study) and rater.debriefed_at is None:
        return "rater-debriefing"
    return "rater-done"


def may_be_debriefed(rater: Rater) -> bool:
    """Whether the debriefing can colour no more answers: at the end, after leaving or closing."""
    if not study_options.debriefing_text(rater.study) or not rater.consents.exists():
        return False
    if rater.withdrawn_at or rater.turned_away_at:
        return True
    over = rater.study.state in (Study.State.CLOSED, Study.State.UNBLINDED)
    finished = services.progress(rater).finished and not seat_was_reassigned(rater)
    return (over or finished) and not services.guesses_due(rater)


def due_break(rater: Rater) -> services.Break | None:
    """The break to propose; none while a pair is open, in practice or when nothing is left."""
    if study_options.sitting_options(rater.study) is None:
        return None
    if rater.assignments.filter(state=Assignment.State.OPEN).exists() or services.progress(rater).left == 0:
        return None
    return services.break_due(rater, database_now())


def redirect_after(rater: Rater, assignment: Assignment) -> HttpResponse | None:
    """Where an assignment that has ended leads before the next one: feedback of practice, guesses."""
    if assignment.state == Assignment.State.PRACTISED:
        return see_other("rater-practised", assignment.code)
    if not services.guess_due_after(rater, assignment):
        return None
    # Who has gone on to the next pair is not called back.
    return None if next_assignment(rater, assignment) else see_other("rater-guess-pair", assignment.code)


def next_assignment(rater: Rater, assignment: Assignment) -> Assignment | None:
    """What the rater was given to read after this one, if anything: no slot of a series in conflict, which
    is passed over unseen or was given back."""
    later = rater.assignments.filter(pk__gt=assignment.pk).exclude(skip_reason=services.CONFLICT)
    return later.exclude(state=Assignment.State.RELEASED).order_by("pk").first()
