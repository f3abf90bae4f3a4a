"""A rater's way through a study: link, consent, profile, instructions, practice, pairs, breaks.

No GET changes anything. What comes after the last pair is in `closing_views`. Of the address that a
recruiting service sends everybody to, a look spends nothing either; a button takes a seat.
"""

from contextlib import suppress
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.crypto import salted_hmac
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from annotations.desk import services, sessions
from annotations.desk.consent import (
    consent_terms,
    practice_pay_text,
    practice_text,
    remaining_work_text,
    render_points,
    stored_points,
    study_contact,
)
from annotations.desk.forms import ConsentForm, ProfileForm
from annotations.desk.next_page import (
    AGAIN,
    CLOSED_PAGES,
    closing_page,
    due_break,
    has_consented,
    is_set_up,
    may_be_debriefed,
    next_page,
    nothing_to_judge,
    participation_ended,
    redirect_to_refused_form,
    refused_form_data,
    seat_was_reassigned,
    see_other,
)
from annotations.desk.onboarding import build_example
from annotations.desk.pair_page import html_for_browser
from annotations.desk.practice import explain_damage, highlight_elements, practice_minutes
from annotations.desk.seats import (
    ProlificIds,
    TooManyUnconfirmed,
    enrol_participant,
    find_participant,
    free_seats,
    read_prolific_ids,
    store_prolific_ids,
    study_by_link_key,
)
from annotations.desk.sessions import (
    own_assignment,
    page_context,
    rater_required,
    rater_required_or_withdrawn,
    sign_in,
    withdrawn_page,
)
from annotations.models import Answer, Assignment, MailSettings, Rater, Slot, Study
from annotations.spec import study_options
from annotations.spec.study_options import LETTERS
from evalsite.core.clients import client_address
from evalsite.core.limits import is_over_limit

METHODS = ["GET", "HEAD", "POST"]
STAYS_OPEN = {"statement": "rater-statement", "debriefing": "rater-debriefing"}
"""What a rater who has left can still open, by the name that a button has for it."""


@never_cache
@require_http_methods(METHODS)
def enter(request: HttpRequest, secret: str) -> HttpResponse:
    """The personal link. Looking at it spends nothing, for mail scanners and chats open links too."""
    rater = sessions.rater_for_secret(secret)
    if rater is None:
        return render(request, "rater/unknown_link.html", status=404)
    if rater.withdrawn_at:
        return link_after_leaving(request, rater)
    ids = read_prolific_ids(rater.study, request.GET)
    if ids == "malformed":
        return render(request, "rater/prolific_broken.html", {"study": rater.study}, status=400)
    if request.method != "POST":
        context = {
            "study": rater.study,
            "begun": is_set_up(rater),
            "over": participation_ended(rater),
            "contact": study_contact(rater.study),
            "practice_text": practice_text(rater.study),
            "new_link_at": rater.announced_link,
            **describe_offer(rater.study, services.progress(rater).total),
        }
        return render(request, "rater/enter.html", context)
    if isinstance(ids, ProlificIds):
        store_prolific_ids(rater=rater, ids=ids)
    services.mark_opened(rater)
    return sign_in(request, next_page(rater), rater)


def link_after_leaving(request: HttpRequest, rater: Rater) -> HttpResponse:
    """By the link of a rater who has left: texts may be erased, or a page that stays open be read."""
    what = request.POST.get("what", "") if request.method == "POST" else ""
    if what == "erase":
        services.withdraw(rater=rater, erase=True)
        rater.refresh_from_db()
    elif what in STAYS_OPEN:
        return sign_in(request, see_other(STAYS_OPEN[what]), rater)
    return withdrawn_page(request, rater, by_link=True)


def describe_offer(study: Study, tasks: int) -> dict[str, Any]:
    """Pay and time before a rater begins, for a number of pairs or scripts; 0 = not known."""
    pay, sittings = study_options.pay_options(study), study_options.sitting_options(study)
    # A break comes in the middle of the work, so a rater with few pairs never gets one.
    breaks = sittings is not None and sittings.break_minutes and not 0 < tasks <= sittings.pairs
    return {
        "single": study_options.is_single(study),
        "pay": pay,
        "sittings": sittings if breaks else None,
        "tasks": tasks,
        "minutes_in_all": tasks * pay.minutes if pay else 0,
        "pay_in_all": tasks * Decimal(pay.per_pair) if pay else 0,
    }


@require_http_methods(METHODS)
@rater_required
def desk(request: HttpRequest, rater: Rater) -> HttpResponse:
    """Where everything comes back to: leads on to what is next for this rater."""
    if request.method == "POST" and "new-link-seen" in request.POST:
        services.dismiss_new_link(rater)
        return see_other("rater-desk")
    if request.method == "POST":
        return next_page(rater, rested="rested" in request.POST)
    if rater.turned_away_at:
        return render(request, "rater/turned_away.html", page_context(rater, **turned_away_page(rater)))
    if closed := CLOSED_PAGES.get(Study.State(rater.study.state)):
        context = page_context(
            rater,
            debriefing=may_be_debriefed(rater),
            earned=services.rater_earnings(rater),
            proof=bool(rater.finished_at and study_options.completion_options(rater.study)),
            guesses=services.guesses_due(rater),
            before_consent=not rater.consents.exists(),
        )
        return render(request, closed, context)
    if not has_consented(rater):
        return see_other("rater-consent")
    if not rater.profile:
        return see_other("rater-profile")
    if nothing_to_judge(rater):
        context = page_context(rater, way_back=study_options.proof_options(rater.study, "left"))
        return render(request, "rater/nothing_left.html", context)
    if rater.instructed_at is None:
        return see_other("rater-instructions")
    if held := rater.assignments.filter(state=Assignment.State.OPEN).first():
        return see_other("assignment", held.code)
    if seat_was_reassigned(rater):
        return render(
            request, "rater/seat_reassigned.html", page_context(rater, earned=services.rater_earnings(rater))
        )
    if services.progress(rater).finished:
        return see_other(closing_page(rater))
    if due_break(rater):
        return see_other("rater-break")
    context = page_context(rater, deadline=study_deadline(rater.study), **_standing(rater))
    return render(request, "rater/desk.html", context)


def study_deadline(study: Study) -> date | None:
    """By when raters are asked to finish; None where staff have set no date."""
    return MailSettings.objects.filter(study=study).values_list("deadline", flat=True).first()


def _standing(rater: Rater) -> dict[str, Any]:
    """How long it may still take, by the rater's own pace once there is one, and what has been earned."""
    own, pay = services.median_pace(rater), study_options.pay_options(rater.study)
    # Whole minutes, as on the page, so that the page adds up.
    own = None if own is None else max(1, round(own))
    pace = own if own is not None else pay.minutes if pay else None
    left = services.progress(rater).left
    return {
        "earned": services.rater_earnings(rater),
        "own_pace": own,
        "minutes_left": pace * left if pace is not None and left else None,
    }


@require_http_methods(METHODS)
@rater_required
def consent(request: HttpRequest, rater: Rater) -> HttpResponse:
    form = ConsentForm(request.POST if request.method == "POST" else refused_form_data(request))
    if request.method == "POST" and request.POST.get("what") == "training" and has_consented(rater):
        services.allow_training(rater=rater, allowed="training_use" in request.POST)
        return see_other("rater-consent")
    if request.method == "POST" and form.is_valid():
        services.give_consent(
            rater=rater, language=get_language() or "en", training_use=form.cleaned_data["training_use"]
        )
        return see_other("rater-desk")
    if request.method == "POST":
        return redirect_to_refused_form(request, "rater-consent")
    context = page_context(
        rater,
        form=form,
        version=rater.study.spec["consent"]["version"],
        before_consent=not rater.consents.exists(),
        training_use=services.training_use(rater),
        **_consented(rater),
    )
    return render(request, "rater/consent.html", context)


def _consented(rater: Rater) -> dict[str, Any]:
    """The text to agree to, or, once that is done, as it was agreed to, and what has changed since then."""
    asked, total = rater.study.spec["consent"], services.progress(rater).total
    given = rater.consents.filter(version=asked["version"]).first()
    if given is None:
        terms = consent_terms(rater.study, get_language() or "en", total)
        return {"points": render_points(terms), "text": asked["text"]}
    points, text = stored_points(given)
    ended = rater.turned_away_at or seat_was_reassigned(rater)
    fewer = rater.conflicts and not ended and given.tasks not in (None, total)
    return {
        "given": given,
        "points": points,
        "text": {code: said for code, said in asked["text"].items() if said == text}
        or {given.language[:2]: text},
        "changed": remaining_work_text(rater.study, total) if fewer else "",
    }


@require_http_methods(METHODS)
@rater_required
def profile(request: HttpRequest, rater: Rater) -> HttpResponse:
    if not has_consented(rater):
        return see_other("rater-consent")
    series = _series(rater)
    choices = [(code, title) for code, (_, title) in series.items()]
    kept = {
        "series_known": [code for code, (slug, _) in series.items() if slug in rater.series_known],
        "conflicts": [code for code, (slug, _) in series.items() if slug in rater.conflicts],
    }
    sent = request.POST if request.method == "POST" else refused_form_data(request)
    form = ProfileForm(choices, data=sent, initial={**rater.profile, **kept})
    if request.method == "POST" and form.is_valid():
        known, conflicts = (
            [series[code][0] for code in form.cleaned_data[name]] for name in ("series_known", "conflicts")
        )
        with suppress(services.NotOpen):
            services.save_profile(
                rater=rater, profile=form.profile(), series_known=known, conflicts=conflicts
            )
        return see_other("rater-desk")
    if request.method == "POST":
        return redirect_to_refused_form(request, "rater-profile")
    fixed = [code for code, (slug, _) in series.items() if slug in rater.staff_conflicts]
    return render(request, "rater/profile.html", page_context(rater, form=form, fixed_conflicts=fixed))


def _series(rater: Rater) -> dict[str, tuple[str, str]]:
    """Opaque code -> (slug, title) of the series whose scenes this rater may meet, also in practice and in
    checks: a page holds no slug."""
    briefs = rater.study.briefs.filter(language__in=rater.languages)
    found: dict[str, tuple[str, str]] = {}
    for brief in briefs:
        series: dict[str, Any] = brief.content["series"]
        found[opaque_name(f"series {rater.code}", brief.series_slug)] = (brief.series_slug, series["title"])
    return dict(sorted(found.items(), key=lambda item: item[1][1]))


def opaque_name(purpose: str, text: str) -> str:
    """A name for `text` that reveals nothing of it, the same at every visit."""
    return salted_hmac(purpose, text, algorithm="sha256").hexdigest()[:16]


@require_http_methods(METHODS)
@rater_required
def instructions(request: HttpRequest, rater: Rater) -> HttpResponse:
    if not has_consented(rater):
        return see_other("rater-consent")
    if request.method == "POST":
        services.mark_instructed(rater=rater)
        rater.refresh_from_db(fields=["instructed_at"])
        return next_page(rater)
    primary = next((c for c in rater.study.criteria.all() if c.primary), None)
    context = page_context(
        rater,
        primary=primary,
        text=rater.study.spec.get("instructions"),
        minutes=settings.LEASE_MINUTES,
        examples=[build_example(language) for language in rater.languages],
        marks=bool(rater.study.spec.get("marks")),
        practice_time=practice_minutes(rater.study),
        practice_pay=practice_pay_text(rater.study),
        **describe_offer(rater.study, services.progress(rater).total),
    )
    return render(request, "rater/instructions.html", context)


@require_http_methods(["GET", "HEAD"])
@rater_required
def paused_page(request: HttpRequest, rater: Rater) -> HttpResponse:
    held = rater.assignments.filter(state=Assignment.State.OPEN)
    entered = Answer.objects.filter(assignment__in=held).exclude(content={})
    context = page_context(
        rater,
        begun=held.exists(),
        untouched=not entered.exists(),
        minutes=settings.LEASE_MINUTES,
        **_standing(rater),
    )
    return render(request, "rater/pause.html", context)


@require_http_methods(["GET", "HEAD"])
@rater_required
def break_page(request: HttpRequest, rater: Rater) -> HttpResponse:
    """A break is proposed; going on at once is as good."""
    due = due_break(rater)
    if due is None or rater.study.state != Study.State.OPEN:
        return see_other("rater-desk")
    can_change = services.changeable_assignment(rater) is not None
    context = page_context(rater, due=due, can_change=can_change, **_standing(rater))
    return render(request, "rater/break.html", context)


@require_http_methods(METHODS)
@rater_required_or_withdrawn
def withdraw(request: HttpRequest, rater: Rater) -> HttpResponse:
    """Leave the study, and optionally erase what one wrote, which can also be done later.

    The first page offers the two ways, the second asks for confirmation. Before any consent there is nothing
    to keep or to erase: then the page asks whether to decline.
    """
    if request.method == "POST":
        services.withdraw(rater=rater, erase=request.POST.get("what") == "erase")
        return see_other("rater-desk")
    if rater.withdrawn_at:
        return withdrawn_page(request, rater)
    if not rater.consents.exists():
        return render(request, "rater/decline.html", page_context(rater, before_consent=True))
    what = request.GET.get("what", "")
    context = page_context(
        rater,
        what=what if what in ("leave", "erase") else "",
        earned=services.rater_earnings(rater),
        completion=study_options.completion_options(rater.study) if rater.finished_at else None,
        debriefing=bool(study_options.debriefing_text(rater.study)),
    )
    return render(request, "rater/withdraw.html", context)


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
    """What stays open to a rater whose part ended with practice."""
    return {
        "debriefing": may_be_debriefed(rater),
        "earned": services.rater_earnings(rater),
        "way_back": study_options.proof_options(rater.study, "practice_failed"),
    }


def _unread(held: Assignment) -> list[str]:
    """Letters of the scripts whose end was never on screen, where the page could measure it."""
    shares = (("A", held.share_read_left), ("B", held.share_read_right))
    return [letter for letter, share in shares if share is not None and share < 0.9]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def shared(request: HttpRequest, door: str) -> HttpResponse:
    study = study_by_link_key(door)
    if study is None:
        return render(request, "rater/unknown_link.html", status=404)
    ids = read_prolific_ids(study, request.GET)
    if not isinstance(ids, ProlificIds):
        return render(request, "rater/prolific_broken.html", {"study": study}, status=400)
    rater = find_participant(study, ids)
    if rater is not None and rater.withdrawn_at:
        return link_after_leaving(request, rater)
    free = [reads for reads, seats in free_seats(study).items() if seats]
    if request.method == "POST":
        reads = request.POST.get("reads") or (free[0] if len(free) == 1 else "")
        if rater is None and len(free) > 1 and not reads:
            asked = request.get_full_path()
            return HttpResponseRedirect(asked if AGAIN in request.GET else f"{asked}&{AGAIN}=1", status=303)
        if rater is None and _takes_too_many(request, study):
            context = {"study": study, "limited": True}
            return render(request, "rater/no_seat.html", context, status=429)
        return _take_seat(request, study, ids, reads if reads in free else "")
    if rater is None and study.state != Study.State.OPEN:
        return render(request, CLOSED_PAGES[Study.State(study.state)], {"study": study})
    if rater is None and not free:
        return render(request, "rater/no_seat.html", {"study": study})
    context = {
        "study": study,
        "known": rater is not None,
        "over": rater is not None and participation_ended(rater),
        "new_link_at": rater.announced_link if rater else None,
        "free": free,
        "unsaid": AGAIN in request.GET,
        "contact": study_contact(study),
        "practice_text": practice_text(study),
        **describe_offer(study, _tasks(study)),
    }
    return render(request, "rater/enter_shared.html", context)


def _takes_too_many(request: HttpRequest, study: Study) -> bool:
    """Whether this client has taken its share of seats within the hour: ids can be invented."""
    if study.state != Study.State.OPEN:
        return False
    what = f"recruit {study.pk} {client_address(request)}"
    return is_over_limit(what, most=settings.RECRUITING_SEATS_PER_HOUR, seconds=3600)


def _tasks(study: Study) -> int:
    """How many pairs, or scripts, a seat has, where all have the same number; else 0."""
    main = Count("slots", filter=Q(slots__phase=Slot.Phase.MAIN))
    numbers = set(study.seats.annotate(tasks=main).values_list("tasks", flat=True))
    return numbers.pop() if len(numbers) == 1 else 0


def _take_seat(request: HttpRequest, study: Study, ids: ProlificIds, reads: str) -> HttpResponse:
    try:
        rater = enrol_participant(study=study, ids=ids, languages=reads.split())
    except services.NoFreeSeat:
        return render(request, "rater/no_seat.html", {"study": study}, status=409)
    except TooManyUnconfirmed:
        return render(request, "rater/no_seat.html", {"study": study, "busy": True}, status=409)
    except services.NotOpen as refusal:
        return render(request, CLOSED_PAGES[Study.State(refusal.state)], {"study": study}, status=409)
    services.mark_opened(rater)
    return sign_in(request, see_other("rater-desk"), rater)
