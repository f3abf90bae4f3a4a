"""After the last pair: guesses of origin, debriefing, thanks with the completion code, the statement."""

import re
from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_safe

from annotations.desk import services
from annotations.desk.forms import GuessForm
from annotations.desk.guessing import ScriptSide
from annotations.desk.next_page import (
    closing_page,
    may_be_debriefed,
    next_page,
    redirect_to_refused_form,
    refused_form_data,
    seat_was_reassigned,
    see_other,
)
from annotations.desk.pair_page import html_for_browser
from annotations.desk.pay import Statement, build_statement, statement_pdf
from annotations.desk.services import GuessedOrigin
from annotations.desk.sessions import (
    own_assignment,
    page_context,
    rater_required,
    rater_required_or_withdrawn,
)
from annotations.models import Assignment, Rater, Study
from annotations.spec import study_options
from annotations.spec.study_options import LETTERS

METHODS = ["GET", "HEAD", "POST"]


@require_http_methods(METHODS)
@rater_required
def guess(request: HttpRequest, rater: Rater) -> HttpResponse:
    """Once, at the end: what one takes the origin of some scripts to be."""
    if not services.guesses_due(rater):
        return see_other("rater-desk")
    places = [(code, side) for code, side in rater.guess_sample]
    form = GuessForm(len(places), request.POST if request.method == "POST" else refused_form_data(request))
    if request.method == "POST" and form.is_valid():
        try:
            services.save_guesses(rater=rater, guesses=_placed(places, form))
        except (services.AlreadyEnded, services.NotOpen):
            return see_other("rater-desk")
        rater.refresh_from_db()
        return see_other(closing_page(rater))
    if request.method == "POST":
        return redirect_to_refused_form(request, "rater-guess")
    return _guess_page(request, rater, places, form, each=False)


@require_http_methods(METHODS)
@rater_required
def guess_pair(request: HttpRequest, rater: Rater, code: str) -> HttpResponse:
    """The same after one pair, in a study that asks each time."""
    held = own_assignment(rater, code)
    if not services.guess_due_after(rater, held):
        return see_other("rater-desk")
    places = services.guessable_scripts(held)
    form = GuessForm(len(places), request.POST if request.method == "POST" else refused_form_data(request))
    if request.method == "POST" and form.is_valid():
        try:
            services.save_guesses_after(rater=rater, assignment=held, guesses=_placed(places, form))
        except (services.AlreadyEnded, services.NotOpen):
            return see_other("rater-desk")
        return next_page(rater)
    if request.method == "POST":
        return redirect_to_refused_form(request, "rater-guess-pair", code)
    return _guess_page(request, rater, places, form, each=True)


def _placed(places: Sequence[ScriptSide], form: GuessForm) -> dict[ScriptSide, GuessedOrigin]:
    return {places[number]: guessed for number, guessed in form.guesses().items()}


def _guess_page(
    request: HttpRequest, rater: Rater, places: Sequence[ScriptSide], form: GuessForm, *, each: bool
) -> HttpResponse:
    rows = rater.assignments.filter(code__in=[code for code, _side in places]).select_related(
        "slot__pairing__study_brief", "slot__pairing__first", "slot__pairing__second"
    )
    found = {one.code: one for one in rows}
    asked = [
        _script_to_guess(number, found[code], side, form, named=each)
        for number, (code, side) in enumerate(places, start=1)
    ]
    return render(
        request,
        "rater/guess.html",
        page_context(
            rater,
            asked=asked,
            each=each,
            form=form,
            can_change=services.changeable_assignment(rater) is not None,
        ),
    )


def _script_to_guess(
    number: int, held: Assignment, side: str, form: GuessForm, *, named: bool
) -> dict[str, Any]:
    """One script of the page. Its side appears right after the pair only."""
    brief = held.slot.pairing.study_brief
    entry = held.slot.sides[side]
    return {
        "number": number,
        "letter": LETTERS[side] if named else "",
        "series": brief.content["series"]["title"],
        "gist": _gist(brief.content["outline"]),
        "language": brief.language,
        "html": html_for_browser(entry.html),
        **form.fields_of(number),
    }


def _gist(outline: str) -> str:
    """Its first sentence, by which a reader of the scene recognizes it.

    It has a least length, for after a title such as "Mrs." no sentence ends.
    """
    least = 15 if re.search("[\u3400-\u9fff]", outline) else 60
    found = re.match(rf".{{{least},}}?[.!?。！？…]+[”\"’」』]*(?=\s|$|[\u3400-\u9fff])", outline, re.DOTALL)
    return found[0] if found else outline


@require_http_methods(METHODS)
@rater_required_or_withdrawn
def debriefing(request: HttpRequest, rater: Rater) -> HttpResponse:
    if not may_be_debriefed(rater):
        return see_other("rater-desk")
    if request.method == "POST":
        services.mark_debriefed(rater=rater)
        return see_other("rater-desk")
    context = page_context(
        rater, text=study_options.debriefing_text(rater.study), first=rater.debriefed_at is None
    )
    return render(request, "rater/debriefing.html", context)


@require_safe
@rater_required
def done(request: HttpRequest, rater: Rater) -> HttpResponse:
    # What comes before thanks can be passed over once the study has closed.
    over = rater.study.state in (Study.State.CLOSED, Study.State.UNBLINDED)
    if (
        not services.progress(rater).finished
        or seat_was_reassigned(rater)
        or not (over or closing_page(rater) == "rater-done")
    ):
        return see_other("rater-desk")
    context = page_context(
        rater,
        earned=services.rater_earnings(rater),
        completion=study_options.completion_options(rater.study) if rater.finished_at else None,
        debriefing=may_be_debriefed(rater),
        can_change=services.changeable_assignment(rater) is not None,
    )
    return render(request, "rater/done.html", context)


@require_safe
@rater_required_or_withdrawn
def statement(request: HttpRequest, rater: Rater) -> HttpResponse:
    """What a rater puts into an invoice: code, study, pairs, sum, dates. No scripts, no systems."""
    return render(request, "rater/statement.html", page_context(rater, statement=_statement(rater)))


@require_safe
@rater_required_or_withdrawn
def statement_file(request: HttpRequest, rater: Rater) -> HttpResponse:
    found = _statement(rater)
    response = HttpResponse(statement_pdf(found), content_type="application/pdf")
    response["Content-Disposition"] = content_disposition_header(True, found.file)
    return response


def _statement(rater: Rater) -> Statement:
    found = build_statement(rater, get_language() or "en")
    if found is None:
        raise Http404
    return found
