"""Who is at the desk. A rater is known by the session; a stranger is asked to open the link again."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render, resolve_url
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache

from annotations.desk import access, services
from annotations.desk.contact import study_contact
from annotations.desk.progress import slots_left
from annotations.models import Assignment, Pairing, Rater, Seat, Study
from annotations.spec import study_options
from annotations.spec.values import ProofSpec
from evalsite.core.clock import database_now

SESSION_KEY, LINK_KEY = "rater", "link"
SENT_COOKIE = "sent"
SENT_SECONDS = 3600
LONGEST_COOKIE = 3500
"""Characters that every browser still keeps, name and particulars included."""
AGAIN = "again"
"""In the address: show what was sent, and what is wrong with it."""
View = Callable[..., HttpResponse]


class AssignmentNotFound(Http404):
    """Somebody else's assignment, or none: as a rule the browser knows them by another personal link now."""


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
    """So that what one rater sent to one form is shown there alone."""
    return f"{SENT_COOKIE} {request.session.get(SESSION_KEY, '')} {path}"


def refused_form_data(request: HttpRequest) -> QueryDict | None:
    """What was last sent to this address and refused; None where the page is asked for anew."""
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


def sign_in(request: HttpRequest, rater: Rater) -> None:
    """Make this session the rater's, under a new key, so that nobody who knew the old one comes along. It
    lasts as long as the link that opened it."""
    request.session.cycle_key()
    request.session[SESSION_KEY], request.session[LINK_KEY] = rater.code, rater.secret_hash


def rater_required(view: View) -> View:
    """Passes the signed-in rater; who has withdrawn, or has no session, gets a plain page instead."""
    return _with_rater(view, also_withdrawn=False)


def rater_required_or_withdrawn(view: View) -> View:
    """The same, and passes who has withdrawn as well: for what is theirs to see and to do after that."""
    return _with_rater(view, also_withdrawn=True)


def _with_rater(view: View, *, also_withdrawn: bool) -> View:
    @never_cache
    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        rater = _signed_in(request)
        if rater is None:
            return render(request, "rater/signed_out.html", status=403)
        if rater.withdrawn_at and not also_withdrawn:
            return withdrawn_page(request, rater)
        try:
            return view(request, rater, *args, **kwargs)
        except AssignmentNotFound:
            return render(request, "rater/signed_out.html", status=404)

    return wrapped


def _signed_in(request: HttpRequest) -> Rater | None:
    """Nobody where another link took the place of the one that was opened here."""
    code = request.session.get(SESSION_KEY, "")
    rater = access.rater_by_code(code) if code else None
    opened_by = request.session.get(LINK_KEY, "")
    return rater if rater and constant_time_compare(opened_by, rater.secret_hash) else None


def withdrawn_page(request: HttpRequest, rater: Rater, *, by_link: bool = False) -> HttpResponse:
    """What everyone who has left gets, by the link as by a page that is still open."""
    context = {
        "study": rater.study,
        "forget": rater.code,
        "contact": study_contact(rater.study),
        "completion": study_options.completion_options(rater.study) if rater.finished_at else None,
        "words_left": access.has_personal_words(rater),
        "earned": services.rater_earnings(rater),
        "debriefing": may_be_debriefed(rater),
        "by_link": by_link,
        "way_back": _way_back(rater),
        "erase_at": request.get_full_path() if by_link else resolve_url("rater-withdraw"),
    }
    return render(request, "rater/withdrawn.html", context, status=410)


def _way_back(rater: Rater) -> ProofSpec | None:
    """What the study gives somebody who has left; who had finished before has their own proof."""
    if rater.finished_at:
        return None
    return study_options.proof_options(rater.study, "practice_failed" if rater.turned_away_at else "left")


def own_assignment(rater: Rater, code: str, *, texts: bool = True) -> Assignment:
    """The rater's assignment; somebody else's is not told from one that never was."""
    assignment = access.find_assignment(rater, code, texts=texts)
    if assignment is None:
        raise AssignmentNotFound
    return assignment


def page_context(rater: Rater, **more: Any) -> dict[str, Any]:
    """What every page at the desk shows: the study's title, how far one is, what is practised."""
    return {
        "rater": rater,
        "study": rater.study,
        "single": study_options.is_single(rater.study),
        "progress": services.progress(rater),
        "practice": services.current_practice(rater),
        "paid": study_options.pay_options(rater.study) is not None,
        "contact": study_contact(rater.study),
        **more,
    }


def seat_was_reassigned(rater: Rater) -> bool:
    """Whether the seat went to somebody else before the rater had come to its end."""
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
        assignment = services.next_assignment(rater=rater)
    except services.NotOpen:
        return see_other("rater-desk")
    if assignment:
        return see_other("assignment", assignment.code)
    rater.refresh_from_db()
    return see_other("rater-desk" if seat_was_reassigned(rater) else closing_page(rater))


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
    """Whoever can do no more that the debriefing could colour: at the end, and after leaving or closing."""
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
