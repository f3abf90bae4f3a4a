"""Who is at the desk, and which rows are theirs.

A rater is known by a signed cookie that the personal link sets. It holds the rater's code and the version of
the link, which each page compares with the link's present one: a new link ends what the old one has opened.
Anyone else is asked to open the personal link again.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache

from annotations.desk import services
from annotations.desk.consent import study_contact
from annotations.desk.next_page import COOKIE, COOKIE_AGE, may_be_debriefed, signed_in_as
from annotations.models import Answer, AnswerRevision, Assignment, ExternalId, Mark, Rater, RaterContact
from annotations.spec import study_options
from annotations.spec.values import ProofSpec
from evalsite.core.codes import hash_secret

View = Callable[..., HttpResponse]
LINK_VERSION_LENGTH = 16


def link_version(rater: Rater) -> str:
    """Changes with every new link, and reveals nothing about its secret."""
    return rater.secret_hash[:LINK_VERSION_LENGTH]


class AssignmentNotFound(Http404):
    """Another rater's assignment, or none: as a rule the browser knows them by another personal link now."""


def sign_in(request: HttpRequest, response: HttpResponse, rater: Rater) -> HttpResponse:
    """Make this browser the rater's, as long as the link that opened it is valid."""
    response.set_cookie(
        COOKIE,
        signing.TimestampSigner(salt=COOKIE).sign(f"{rater.code}:{link_version(rater)}"),
        max_age=COOKIE_AGE,
        path="/r/",
        secure=settings.SECURE or request.is_secure(),
        httponly=True,
        samesite="Lax",
    )
    return response


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
    """None where another link took the place of the one that was opened here."""
    code, version = signed_in_as(request)
    rater = rater_by_code(code) if code else None
    return rater if rater and constant_time_compare(version, link_version(rater)) else None


def withdrawn_page(request: HttpRequest, rater: Rater, *, by_link: bool = False) -> HttpResponse:
    """What everyone who has left gets, by the link as by a page that is still open."""
    context = {
        "study": rater.study,
        "forget": rater.code,
        "contact": study_contact(rater.study),
        "completion": study_options.completion_options(rater.study) if rater.finished_at else None,
        "words_left": has_personal_words(rater),
        "earned": services.rater_earnings(rater),
        "debriefing": may_be_debriefed(rater),
        "by_link": by_link,
        "way_back": _way_back(rater),
        "declined": not rater.consents.exists(),
        "erase_at": request.get_full_path() if by_link else resolve_url("rater-withdraw"),
    }
    return render(request, "rater/withdrawn.html", context, status=410)


def _way_back(rater: Rater) -> ProofSpec | None:
    """What the study gives a rater who has left; one who had finished before has their own proof."""
    if rater.finished_at:
        return None
    return study_options.proof_options(rater.study, "practice_failed" if rater.turned_away_at else "left")


def own_assignment(rater: Rater, code: str, *, texts: bool = True) -> Assignment:
    """The rater's assignment; that of another rater is like one that never was."""
    assignment = find_assignment(rater, code, texts=texts)
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
        "new_link_at": rater.announced_link,
        **more,
    }


def rater_for_secret(secret: str) -> Rater | None:
    """The rater of a link: of the one that staff made, or of one that came by mail."""
    hashed, raters = hash_secret(secret), Rater.objects.select_related("study")
    return raters.filter(secret_hash=hashed).first() or raters.filter(links__secret_hash=hashed).first()


def rater_by_code(code: str) -> Rater | None:
    return Rater.objects.select_related("study").filter(code=code).first()


TEXTS = [f"slot__pairing__{which}__{text}" for which in ("first", "second") for text in ("html", "text")]


def find_assignment(rater: Rater, code: str, *, texts: bool = True) -> Assignment | None:
    """The rater's own assignment with this code, with all that its page shows; `texts` says whether the
    scripts and the brief come along now or when they are asked for.
    """
    found = (
        Assignment.objects.select_related(
            "slot__seat",
            "slot__pairing__study_brief",
            "slot__pairing__first",
            "slot__pairing__second",
        )
        .filter(rater=rater, code=code)
        .defer(*([] if texts else TEXTS))
        .first()
    )
    if found:
        # Known already, with the study, whose file is long.
        found.rater = rater
        found.slot.seat.study = rater.study
    return found


def has_personal_words(rater: Rater) -> bool:
    """Whether anything is stored that the rater wrote, or that names the rater, and that could be erased."""
    return (
        bool(rater.profile or rater.series_known or rater.conflicts)
        or rater.assignments.exclude(reason="").exists()
        or AnswerRevision.objects.filter(assignment__rater=rater).exclude(earlier_reason="").exists()
        or Mark.objects.filter(assignment__rater=rater).exclude(note="").exists()
        or Answer.objects.filter(assignment__rater=rater).exists()
        or ExternalId.objects.filter(rater=rater).exists()
        or RaterContact.objects.filter(rater=rater).exists()
    )
