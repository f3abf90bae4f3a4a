"""Preview a draft as a rater: the rater's own views, with `/studies/<slug>/preview` before their addresses.

Nothing is stored: a page is rendered in a transaction that is rolled back, and a form leads to the next step.
"""

import json
from dataclasses import dataclass

from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import Resolver404, get_script_prefix, resolve, reverse, set_script_prefix
from django.utils.functional import Promise
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from annotations.desk.next_page import COOKIE
from annotations.desk.sessions import link_version
from annotations.models import Rater, Study
from annotations.spec.values import StudySpec, from_json
from annotations.staff.access import study_or_404
from annotations.staff.preview import preview
from annotations.staff.studies.faults import browser_faults
from evalsite.core.access import staff_required
from evalsite.core.errors import InputErrors
from evalsite.core.models import Role
from evalsite.core.views import see_other
from generation.models import Brief

LABELS: dict[str, Promise] = {
    preview.ENTRY: pgettext_lazy("preview", "Entry"),
    preview.CONSENT: pgettext_lazy("preview", "Consent"),
    preview.PROFILE: pgettext_lazy("preview", "Background"),
    preview.INSTRUCTIONS: pgettext_lazy("preview", "Instructions"),
    preview.PRACTICE: pgettext_lazy("preview", "Practice"),
    preview.FEEDBACK: pgettext_lazy("preview", "Practice feedback"),
    preview.PAIR: pgettext_lazy("preview", "Judging"),
    preview.GUESS_PAIR: pgettext_lazy("preview", "Guess"),
    preview.BREAK: pgettext_lazy("preview", "Break"),
    preview.GUESS: pgettext_lazy("preview", "Guesses"),
    preview.DEBRIEFING: pgettext_lazy("preview", "Debriefing"),
    preview.DONE: pgettext_lazy("preview", "End"),
}


@dataclass(frozen=True, slots=True)
class Banner:
    """What the banner above each page of the preview shows."""

    title: dict[str, str]
    back: str
    steps: list[tuple[Promise, str, bool]]
    """Label, address, and whether it is the page shown."""
    next: str
    lacking: list[str]
    """Briefs without the scripts for a pair."""
    other_language: bool
    """Whether no seat reads the language of the page."""
    no_break_before: int
    """Pairs before a break, if no rater has more pairs than that and so never gets one; else 0."""


@never_cache
@csrf_exempt  # a form of the preview stores nothing, and the pair's form has another kind of token
@require_http_methods(["GET", "HEAD", "POST"])
@staff_required
def page(request: HttpRequest, slug: str, rest: str = "") -> HttpResponse:
    """One page of the preview; `rest` is the address that it has for a rater."""
    study = study_or_404(request, slug, Role.RESEARCHER)
    if study.state != Study.State.DRAFT:
        messages.warning(request, _("Only drafts can be previewed. To change this study, duplicate it."))
        return see_other(reverse("study-page", args=[slug]))
    spec = from_json(study.spec)
    steps = {step: _address(study, step) for step in preview.preview_steps(spec, _language())}
    if not rest:
        return see_other(_in_preview(study, steps[preview.ENTRY]))
    if rest in ("language/", "display/"):
        # Their own views check the token of the form.
        return HttpResponseRedirect(f"/{rest}", status=307)
    if not rest.startswith("r/"):
        raise Http404
    step = next((step for step, address in steps.items() if address == f"/{rest}"), "")
    if request.method == "POST":
        return _posted(request, study, steps, step, rest)
    try:
        return _rendered(request, study, spec, steps, step, rest)
    except (InputErrors, preview.NothingToShow) as refused:
        faults = browser_faults(refused.errors, study) if isinstance(refused, InputErrors) else []
        return render(request, "studies/preview_blocked.html", {"study": study, "faults": faults}, status=409)


def _pairs_before_break(spec: StudySpec) -> int:
    return spec.sittings.pairs if spec.sittings and spec.sittings.break_minutes else 0


def _language() -> str:
    return "zh" if (get_language() or "en").startswith("zh") else "en"


def _address(study: Study, step: str) -> str:
    """A step's address for a rater."""
    codes = preview.preview_codes(study)
    name, *args = {
        preview.ENTRY: ("rater-enter", codes.secret),
        preview.PRACTICE: ("assignment", codes.practice),
        preview.FEEDBACK: ("rater-practised", codes.practice),
        preview.PAIR: ("assignment", codes.pair),
        preview.GUESS_PAIR: ("rater-guess-pair", codes.pair),
    }.get(step, (f"rater-{step}",))
    return "/" + reverse(name, args=args).removeprefix(get_script_prefix())


def _in_preview(study: Study, address: str) -> str:
    return reverse("study-preview-page", args=[study.slug, address.removeprefix("/")])


def _posted(request: HttpRequest, study: Study, steps: dict[str, str], step: str, rest: str) -> HttpResponse:
    """Redirect to the next step. Report an answer as saved, so that the page works as in the study."""
    if rest.endswith("/answer/"):
        return _as_if_saved(request)
    sent_from = request.headers.get("Referer", "").partition("?")[0]
    for known, address in steps.items():
        if not step and sent_from.endswith(_in_preview(study, address)):
            step = known
    order = list(steps)
    following = order[(order.index(step) + 1) % len(order)] if step else preview.PAIR
    return see_other(_in_preview(study, steps[following]))


def _as_if_saved(request: HttpRequest) -> HttpResponse:
    try:
        sent = json.loads(request.body)
        return JsonResponse({"revision": int(sent["revision"]) + 1, "fields": dict(sent["fields"])})
    except (ValueError, TypeError, KeyError, RecursionError):
        return JsonResponse({"error": ""}, status=400)


def _rendered(
    request: HttpRequest, study: Study, spec: StudySpec, steps: dict[str, str], step: str, rest: str
) -> HttpResponse:
    try:
        match = resolve(f"/{rest}")
    except Resolver404:
        raise Http404 from None
    language = _language()
    staged_step = step or _step_of(study, match.kwargs.get("code", ""), steps)
    request.preview = _banner(study, spec, steps, step, language)  # type: ignore[attr-defined]
    # A query keeps the pair's page from parts that are cached, which belong to rows that stay.
    query = request.GET.copy()
    query["preview"] = "1"
    request.GET = query  # type: ignore[assignment]
    before = get_script_prefix()
    with preview.staged(study, staged_step, language) as rater:
        _sign_in(request, rater)
        # All addresses on the page lead back into the preview.
        set_script_prefix(reverse("study-preview", args=[study.slug]))
        try:
            response = match.func(request, *match.args, **match.kwargs)
        finally:
            set_script_prefix(before)
    response.cookies.pop(COOKIE, None)
    return response


def _step_of(study: Study, code: str, steps: dict[str, str]) -> str:
    """The step that a page beside the steps belongs to, such as the PDF of a pair."""
    practised = code == preview.preview_codes(study).practice and preview.PRACTICE in steps
    return preview.PRACTICE if practised else preview.PAIR


def _sign_in(request: HttpRequest, rater: Rater) -> None:
    signer = signing.TimestampSigner(salt=COOKIE)
    request.COOKIES[COOKIE] = signer.sign(f"{rater.code}:{link_version(rater)}")


def _banner(study: Study, spec: StudySpec, steps: dict[str, str], step: str, language: str) -> Banner:
    order = list(steps)
    following = order[order.index(step) + 1 :] if step else []
    reads = preview.seat_languages(spec, language)
    briefs = dict(Brief.objects.filter(slug__in=list(spec.materials.briefs)).values_list("slug", "language"))
    return Banner(
        title=study.title,
        back=reverse("study-page", args=[study.slug]),
        steps=[(LABELS[each], _in_preview(study, steps[each]), each == step) for each in order],
        next=_in_preview(study, steps[following[0]]) if following else "",
        lacking=preview.briefs_without_pair(spec, briefs, reads),
        other_language=language not in reads,
        no_break_before=_pairs_before_break(spec) if preview.BREAK not in steps else 0,
    )
