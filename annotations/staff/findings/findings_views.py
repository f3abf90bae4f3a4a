"""Review the findings of a draft, text by text, with the systems hidden."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotations.blinding.unblinding import hides_systems
from annotations.desk.services import WrongState
from annotations.findings import rejections
from annotations.findings import review as findings
from annotations.findings.rejections import NamesSystem, NoDesignLeft, NoLongerThere, SealedElsewhere
from annotations.findings.scanning import scan_rules
from annotations.findings.warnings import open_warnings
from annotations.models import DraftScan, LeakFinding, Study
from annotations.spec.sealed_scripts import find_hidden_pairs
from annotations.spec.study_texts import (
    check_brief_stored,
    script_writers,
    stored_script,
)
from annotations.spec.values import StudySpec, from_json
from annotations.staff.access import finding_or_404, rejection_or_404, study_or_404
from annotations.staff.findings import findings_page
from annotations.staff.findings.findings_page import BriefRow, Filters, ScriptPlace
from annotations.staff.forms import ClearForm, RejectForm
from annotations.staff.preview import preview
from annotations.staff.studies.faults import warn_of_faults
from annotations.staff.studies.flow import rejected_scripts
from evalsite.core.access import staff_required
from evalsite.core.errors import InputErrors
from evalsite.core.models import Role
from evalsite.core.views import FORMS, see_other
from generation.models import Brief

PER_PAGE = 50


def _home(study: Study) -> str:
    return reverse("study-findings", args=[study.slug])


def _filters(request: HttpRequest) -> Filters:
    return Filters(kind=request.GET.get("kind", "")[:40], open_only="open" in request.GET)


def _briefs(spec: StudySpec) -> QuerySet[Brief]:
    """In story order, without their texts."""
    rows = Brief.objects.filter(slug__in=list(spec.materials.scripts)).select_related("series")
    few = ("slug", "language", "order", "series__slug", "series__title", "series__aliases")
    return rows.only(*few).order_by("series__slug", "order", "slug")


def _row(study: Study, spec: StudySpec, found: list[LeakFinding], brief: str) -> list[BriefRow]:
    """The row of one brief; none where the study has no such brief."""
    return findings_page.brief_rows(study, spec, _briefs(spec).filter(slug=brief), found)


def _common(study: Study, filters: Filters, found: list[LeakFinding]) -> dict[str, Any]:
    return {
        "study": study,
        "filters": filters,
        "is_draft": study.state == Study.State.DRAFT,
        **findings_page.totals(found),
    }


@never_cache
@require_safe
@staff_required
def findings_overview(request: HttpRequest, slug: str) -> HttpResponse:
    """All texts of the draft, with how many findings are open in each."""
    study, filters = study_or_404(request, slug, Role.RESEARCHER), _filters(request)
    spec, found = from_json(study.spec), list(findings.findings(study))
    taken = filters.take(found)
    briefs, others = list(_briefs(spec)), findings_page.open_elsewhere(taken)
    if filters.query:
        named = {row.brief_slug for row in taken}
        briefs = [brief for brief in briefs if brief.slug in named]
    page = Paginator(briefs, PER_PAGE).get_page(request.GET.get("page"))
    rows = findings_page.brief_rows(study, spec, page, taken)
    if filters.query:
        for row in rows:
            row.slots = [slot for slot in row.slots if slot.open or slot.settled]
    context = _common(study, filters, found) | _look(study)
    context |= {
        "rows": [row for row in rows if row.slots],
        "page": page,
        "others": others,
        "lacking": sum(rejections.missing_scripts(spec).values()),
        "rule": spec.plan.missing_script,
        "hides": bool(find_hidden_pairs(study)),
        "first": findings_page.first_open(study, spec, briefs, taken),
        "rejected": (rejected := _rejected(study)),
        "restorable": any(each["back"] for each in rejected),
        "open_warnings": len(open_warnings(study, spec))
        if context["is_draft"] and not context["left"]
        else 0,
    }
    return render(request, "studies/findings.html", context)


def _look(study: Study) -> dict[str, Any]:
    look = DraftScan.objects.filter(study=study).first()
    working = findings.running_scan(look)
    return {
        "look": look,
        "working": working,
        "silent": look is not None and look.ended_at is None and not working,
        "looked": findings.is_scanned(study),
    }


def _rejected(study: Study) -> list[dict[str, Any]]:
    """What was rejected, the newest first; whose script it was is told when the study is unblinded."""
    back = rejections.revocable_rejections(study) if study.state == Study.State.DRAFT else set()
    rejected = () if hides_systems(study) else rejected_scripts(study)
    systems = {row.code: system for row, system in rejected}
    rows = study.rejections.order_by("-pk")
    return [{"row": row, "back": row.code in back, "system": systems.get(row.code, "")} for row in rows]


@never_cache
@require_safe
@staff_required
def scan_status(request: HttpRequest, slug: str) -> HttpResponse:
    """How far the look has come, alone."""
    study = study_or_404(request, slug, Role.RESEARCHER)
    return render(request, "studies/_scan.html", {"study": study} | _look(study))


@require_POST
@staff_required
def start_scan(request: HttpRequest, slug: str) -> HttpResponse:
    study = study_or_404(request, slug, Role.RESEARCHER)
    try:
        filled = rejections.fill_rejected_places(study=study, by=request.user.get_username())
        if filled:
            filled_text = ngettext(
                "%(n)s gap was filled with a new sample.",
                "%(n)s gaps were filled with new samples.",
                filled,
            )
            messages.success(request, filled_text % {"n": filled})
        findings.request_scan(study=study, by=request.user.get_username())
    except InputErrors as refused:
        warn_of_faults(request, refused, study)
    except WrongState:
        messages.warning(request, _("Only drafts can be checked."))
    return see_other(_home(study))


def _slot_or_404(rows: list[BriefRow], brief: str, number: int) -> ScriptPlace:
    for row in rows:
        for slot in row.slots:
            if (slot.brief, slot.number) == (brief, number):
                return slot
    raise Http404


def _draft_or_none(request: HttpRequest, slug: str) -> Study | None:
    study = study_or_404(request, slug, Role.RESEARCHER)
    return study if study.state == Study.State.DRAFT else None


@never_cache
@require_safe
@staff_required
def script_page(request: HttpRequest, slug: str, brief: str, number: int) -> HttpResponse:
    """One script in the house layout, with what was found in it marked."""
    study = _draft_or_none(request, slug)
    if study is None:
        return see_other(reverse("study-findings", args=[slug]))
    filters, found = _filters(request), list(findings.findings(study))
    spec = from_json(study.spec)
    slot = _slot_or_404(_row(study, spec, found, brief), brief, number)
    try:
        check_brief_stored(study, spec, brief)
    except InputErrors as refused:
        warn_of_faults(request, refused, study)
        return see_other(_home(study))
    shown_brief, briefs = Brief.objects.get(slug=brief), list(_briefs(spec))
    context = _common(study, filters, found) | {
        "slot": slot,
        "brief": shown_brief,
        "hidden_text": preview.hidden_text(),
        "rule": spec.plan.missing_script,
        "of": len(spec.systems),
        **findings_page.neighbours(study, spec, briefs, found, slot),
    }
    system = findings_page.system_at(study, spec, brief, number)
    if slot.key and system is not None:
        mine = [row for row in found if (row.brief_slug, row.text_digest) == (brief, slot.key)]
        rules = scan_rules(spec, {row.slug: row for row in briefs}, script_writers(spec))
        script = stored_script(spec, brief, system)
        html, shown = findings_page.script_parts(script, shown_brief, rules, mine)
        taken = set(filters.take(mine))
        visible = [one for one in shown if one.finding in taken]
        context |= {
            "first_open": next((o.finding.code for o in visible if o.finding.cleared_at is None), ""),
            "html": mark_safe(html),  # noqa: S308  from render_html, which escapes
            "shown": visible,
            "alike": findings_page.count_similar(found),
        }
    return render(request, "studies/findings_script.html", context)


@never_cache
@require_safe
@staff_required
def texts_page(request: HttpRequest, slug: str) -> HttpResponse:
    """What was found in briefs, in texts of the study, and over all scripts."""
    study = _draft_or_none(request, slug)
    if study is None:
        return see_other(reverse("study-findings", args=[slug]))
    filters, found = _filters(request), list(findings.findings(study))
    others = [row for row in found if ":" in row.brief_slug]
    page = Paginator(filters.take(others), PER_PAGE).get_page(request.GET.get("page"))
    context = _common(study, filters, found) | {
        "page": page,
        "alike": findings_page.count_similar(found),
        "first_open": next((row.code for row in page if row.cleared_at is None), ""),
    }
    return render(request, "studies/findings_texts.html", context)


@never_cache
@require_http_methods(FORMS)
@staff_required
def reject(request: HttpRequest, slug: str, brief: str, number: int) -> HttpResponse:
    """Asks first: what will happen is said without saying whose script it is."""
    study = _draft_or_none(request, slug)
    if study is None:
        return see_other(reverse("study-findings", args=[slug]))
    spec, found = from_json(study.spec), list(findings.findings(study))
    slot = _slot_or_404(_row(study, spec, found, brief), brief, number)
    if not slot.key:
        return see_other(reverse("study-findings-script", args=[slug, brief, number]))
    form = RejectForm(request.POST or None, initial={"key": slot.key})
    if request.method == "POST" and form.is_valid():
        try:
            left = rejections.reject_script(
                study=study,
                brief=brief,
                key=form.cleaned_data["key"],
                by=request.user.get_username(),
                reason=form.cleaned_data["reason"],
            )
        except NamesSystem:
            form.add_error(
                "reason", _("Remove the name of the system: the reason must apply to all systems.")
            )
        except SealedElsewhere:
            form.add_error(
                None,
                _(
                    "Another study that is still blinded uses this script. You can reject it after that "
                    "study is unblinded."
                ),
            )
        except NoDesignLeft:
            form.add_error(None, _("There is no next sample, and the study requires this brief."))
        except NoLongerThere:
            messages.warning(request, _("This script was replaced in the meantime. This is the new one."))
            return see_other(reverse("study-findings-script", args=[slug, brief, number]))
        except WrongState:
            messages.warning(request, _("Scripts can only be rejected while the study is a draft."))
            return see_other(_home(study))
        else:
            return _rejected_now(request, study, slot, left, spec.plan.missing_script)
    context = {"study": study, "slot": slot, "rule": spec.plan.missing_script, "form": form}
    return render(request, "studies/findings_reject.html", context, status=422 if request.POST else 200)


def _rejected_now(
    request: HttpRequest, study: Study, slot: ScriptPlace, left: rejections.RejectionOutcome, rule: str
) -> HttpResponse:
    if left.dropped:
        messages.warning(
            request, _("Rejected. There is no next sample, so the brief is left out for all systems.")
        )
        return see_other(_home(study))
    if left.replaced:
        messages.success(request, _("Rejected. The next sample replaces it and has been checked."))
    elif rule == "loss":
        messages.warning(request, _("Rejected. There is no next sample, so it counts as a loss."))
    else:
        messages.warning(
            request, _("Rejected. There is no next sample. You can't freeze the study until there is one.")
        )
    return see_other(reverse("study-findings-script", args=[study.slug, slot.brief, slot.number]))


@require_POST
@staff_required
def take_back(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    rejection = rejection_or_404(request, slug, code)
    try:
        rejections.take_back_rejection(rejection=rejection, by=request.user.get_username())
    except NoLongerThere:
        messages.warning(request, _("The replacement has changed since then, so this can't be undone."))
    except WrongState:
        messages.warning(request, _("Scripts can only be rejected while the study is a draft."))
    else:
        messages.success(request, _("The script is restored."))
    return see_other(reverse("study-findings", args=[slug]) + "#rejected")


@never_cache
@require_http_methods(FORMS)
@staff_required
def accept(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    """Let a finding stand, and with `alike` every other one with the same words."""
    finding = finding_or_404(request, slug, code)
    alike = findings.findings(finding.study).filter(
        kind=finding.kind, excerpt=finding.excerpt, cleared_at__isnull=True
    )
    form = ClearForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        context = {"study": finding.study, "finding": finding, "form": form, "alike": alike.count()}
        context["where"] = _where(finding)
        return render(request, "studies/finding.html", context, status=422 if request.POST else 200)
    take = findings.clear_similar_findings if form.cleaned_data["alike"] else findings.clear_finding
    try:
        take(finding=finding, by=request.user.get_username(), reason=form.cleaned_data["reason"])
    except WrongState:
        messages.warning(request, _("Findings can only be accepted while the study is a draft."))
    return see_other(_next(finding, _filters(request)))


@require_POST
@staff_required
def reopen(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    finding = finding_or_404(request, slug, code)
    try:
        findings.reopen_finding(finding=finding, by=request.user.get_username())
    except WrongState:
        messages.warning(request, _("Findings can only be reopened while the study is a draft."))
    return see_other(_where(finding, _filters(request)) + f"#f-{finding.code}")


def _where(finding: LeakFinding, filters: Filters | None = None) -> str:
    """The page of the text that a finding is in."""
    study = finding.study
    query = f"?{filters.query}" if filters and filters.query else ""
    if ":" in finding.brief_slug:
        return reverse("study-findings-texts", args=[study.slug]) + query
    for row in _row(study, from_json(study.spec), [], finding.brief_slug):
        for slot in row.slots:
            if (slot.brief, slot.key) == (finding.brief_slug, finding.text_digest):
                return reverse("study-findings-script", args=[study.slug, slot.brief, slot.number]) + query
    return _home(study)


def _next(finding: LeakFinding, filters: Filters) -> str:
    """The next open finding of the same text, or the text itself."""
    left = findings.findings(finding.study).filter(
        brief_slug=finding.brief_slug, text_digest=finding.text_digest, cleared_at__isnull=True
    )
    return _where(finding, filters) + ("#open" if left.exists() else "#settled")
