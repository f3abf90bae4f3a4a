"""The raters of a study: the list, a page for each, and actions on one or several of them."""

from collections import Counter
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotations.desk import services
from annotations.desk.seats import free_seats
from annotations.desk.services import NoFreeSeat, NotOpen
from annotations.errors import WrongState
from annotations.mailing import contacts, inviting, outbox
from annotations.mailing.invitation_list import as_csv
from annotations.mailing.messages import LANGUAGES, example, link_url, mail_settings, reason_text, study_texts
from annotations.models import Mailing, Rater, RaterContact, RaterLink, SeatEvent, Study
from annotations.models.exclusions import MANUAL
from annotations.models.mailing import mail_code
from annotations.staff.access import rater_or_404, study_or_404
from annotations.staff.forms import ReasonForm
from annotations.staff.raters import rater_list
from annotations.staff.raters.rater_forms import ACTIONS, ContactForm, is_form_code
from annotations.staff.raters.rater_list import ListedRater
from annotations.staff.studies import exclusions, monitoring
from annotations.staff.studies.study_page import INVITES
from annotations.staff.studies.views import forget_fresh_link, fresh_link, username_of
from evalsite.core.access import staff_required
from evalsite.core.models import Role
from evalsite.core.teams import has_role
from evalsite.core.views import FORMS, see_other

FILTERS = ("q", "state", "reads", "group", "sort")
RATERS_A_PAGE = 100


@never_cache
@require_safe
@staff_required
def raters(request: HttpRequest, slug: str) -> HttpResponse:
    study = study_or_404(request, slug, Role.RESEARCHER)
    given = _filters(request.GET)
    waiting_list = list(contacts.waiting_list(study))
    chosen = Paginator(_chosen(study, given), RATERS_A_PAGE)
    page = chosen.get_page(request.GET.get("page"))
    page.object_list = rater_list.list_raters(study, list(page.object_list))
    languages = study.raters.order_by().values_list("languages", flat=True).distinct()
    groups = study.raters.order_by().values_list("contact__group", flat=True).distinct()
    context = {
        "study": study,
        "rows": page,
        "matching": chosen.count,
        "page_query": urlencode({name: value for name, value in given.items() if value}),
        "total": study.raters.count(),
        "given": given,
        "filtered": any(given[name] for name in ("q", "state", "reads", "group")),
        "states": [
            *((key, label) for key, (label, _states) in rater_list.GROUPS.items()),
            *rater_list.STATES.items(),
        ],
        "sorts": rater_list.SORTS.items(),
        "languages": sorted(map(" ".join, languages)),
        "groups": sorted(filter(None, groups)),
        "waiting": waiting_list,
        "can_seat": _seats_for(study, waiting_list) if waiting_list and study.state in INVITES else 0,
        "invites": study.state in INVITES and study.spec.get("raters") != "simulated",
        "configured": outbox.is_configured(),
        "code": mail_code(),
        "relinked": study.raters.filter(relinked_at__isnull=False).count(),
        "after_new_link": len(monitoring.assignments_after_new_link(study)),
    }
    return render(request, "studies/raters.html", context)


def _seats_for(study: Study, waiting_list: list[RaterContact]) -> int:
    """How many people on the waiting list can get a free seat now."""
    reads = Counter(" ".join(each.reads) for each in waiting_list)
    return sum(min(reads[languages], free) for languages, free in free_seats(study).items())


def _filters(data: QueryDict) -> dict[str, str]:
    return {name: data.get(name, "").replace("\x00", "") for name in FILTERS}


def _chosen(study: Study, given: Mapping[str, str]) -> QuerySet[Any, Any]:
    return rater_list.find_raters(
        study,
        text=given["q"],
        state=given["state"],
        language=given["reads"],
        group=given["group"],
        sort=given["sort"],
    )


@never_cache
@require_safe
@staff_required
def rater(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    """Everything about one rater that staff may see: no choice, no script, no system."""
    found = rater_or_404(request, slug, code)
    fresh = fresh_link(request, found.code)
    response = render(request, "studies/rater.html", _rater_context(request, found, fresh=fresh))
    return forget_fresh_link(response, slug) if fresh else response


def _rater_context(request: HttpRequest, found: Rater, **more: Any) -> dict[str, Any]:
    (row,) = rater_list.list_raters(found.study, [found.pk])
    mails = found.mails.select_related("mailing").order_by("-pk")
    contact = row.contact or RaterContact(language="zh" if found.languages == ["zh"] else "en")
    study = found.study
    runs = study.state in INVITES
    may_see_pay = has_role(request.user, study.team_id, Role.OWNER)
    return {
        "study": study,
        "rater": found,
        "row": row,
        "form": ContactForm(instance=contact),
        "mails": [(mail, reason_text(mail.reason)) for mail in mails],
        "events": SeatEvent.objects.filter(seat__study=study, rater_code=found.code).order_by("at", "pk"),
        "answers": exclusions.rater_answers(found),
        "exclusions": exclusions.exclusion_events(study, found),
        "earned": services.rater_earnings(found) if may_see_pay else None,
        "keep_days": mail_settings(study).keep_days,
        "runs": runs,
        "can_mail": bool(row.address) and outbox.is_configured() and not found.withdrawn_at,
        "can_replace": runs and inviting.may_be_replaced(found),
        **more,
    }


@require_POST
@staff_required
def contact(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    found = rater_or_404(request, slug, code)
    form = ContactForm(request.POST)
    if not form.is_valid():
        return render(request, "studies/rater.html", _rater_context(request, found, form=form), status=422)
    try:
        ended = contacts.save_contact(
            rater=found, known="known" in request.POST, by=username_of(request), **form.cleaned_data
        )
    except contacts.ContactErased:
        messages.warning(request, _("The contact details were erased in the meantime. Nothing was saved."))
        return see_other("study-rater", slug, code)
    messages.success(request, _("Saved."))
    if ended:
        messages.info(
            request, _("Links in earlier emails to this rater no longer work. Send the invitation again.")
        )
    return see_other("study-rater", slug, code)


@never_cache
@require_http_methods(FORMS)
@staff_required
def erase_contact(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    found = rater_or_404(request, slug, code)
    if request.method != "POST":
        return render(request, "studies/rater_erase.html", {"study": found.study, "rater": found})
    contacts.erase_contact(rater=found, by=username_of(request))
    messages.success(request, _("Label and address have been erased."))
    return see_other("study-rater", slug, code)


@never_cache
@require_http_methods(FORMS)
@staff_required
def answer(request: HttpRequest, slug: str, code: str, number: int) -> HttpResponse:
    """One submitted answer: exclude it from the estimates, or include it again. Shows no choice."""
    found = rater_or_404(request, slug, code)
    chosen = exclusions.find_answer(found, number)
    if chosen is None:
        raise Http404
    form = ReasonForm(request.POST or None)
    excluded, problem, status = chosen.excluded == MANUAL, "", 200
    if request.method == "POST" and form.is_valid():
        wanted = request.POST.get("do") != "include"
        try:
            exclusions.set_excluded(
                assignment=chosen,
                excluded=wanted,
                by=request.user,  # type: ignore[arg-type]
                reason=form.cleaned_data["reason"],
            )
        except WrongState:
            problem, status = _("Nothing was changed: the answer or the study has changed meanwhile."), 409
        else:
            messages.success(request, _("Answer excluded.") if wanted else _("Answer included again."))
            return see_other("study-rater", slug, code, fragment="#answers")
    context = {
        "study": found.study,
        "rater": found,
        "answer": chosen,
        "number": number,
        "excluded": excluded,
        "events": chosen.exclusions.all(),
        "form": form,
        "problem": problem,
    }
    return render(request, "studies/rater_answer.html", context, status=422 if form.errors else status)


@never_cache
@require_POST
@staff_required
def bulk(request: HttpRequest, slug: str) -> HttpResponse:
    """An action on several raters. The first post shows what will happen, the second one does it."""
    study, action = study_or_404(request, slug), request.POST.get("action", "")
    rows = _selected(request, study)
    if action not in ACTIONS or not rows:
        messages.warning(request, _("Select at least one rater, then choose an action."))
        return see_other("study-raters", slug)
    rows, left_out = _fit(rows, action)
    if not rows:
        messages.warning(request, _left_out_text(action, left_out))
        return see_other("study-raters", slug)
    form = ReasonForm(request.POST if "do" in request.POST else None)
    confirmed = "do" in request.POST and is_form_code(request.POST.get("code", ""))
    if confirmed and (action not in ("release", "replace") or form.is_valid()):
        return _do(request, study, action, rows, form)
    return _confirm(request, study, action, rows, left_out, form)


def _selected(request: HttpRequest, study: Study) -> list[ListedRater]:
    if request.POST.get("scope") == "shown":
        chosen = _chosen(study, _filters(request.POST))
    else:
        codes = [code.replace("\x00", "") for code in request.POST.getlist("rater")]
        chosen = study.raters.filter(code__in=codes).values_list("pk", flat=True)
    return rater_list.list_raters(study, list(chosen))


def _fit(rows: list[ListedRater], action: str) -> tuple[list[ListedRater], int]:
    """Those to whom the action applies, and how many it does not apply to."""
    if action in ("remind", "invite"):
        fit = [row for row in rows if row.address and row.state in rater_list.NOT_FINISHED]
    elif action == "links":
        fit = [row for row in rows if not row.rater.withdrawn_at]
    elif action == "replace":
        fit = [row for row in rows if row.seat is not None and row.state != "finished"]
    else:
        fit = [row for row in rows if row.seat is not None]
    return fit, len(rows) - len(fit)


def _left_out_text(action: str, n: int) -> str:
    if action in ("remind", "invite"):
        text = ngettext(
            "%(n)s rater is left out: no email address, finished, or no longer in the study.",
            "%(n)s raters are left out: no email address, finished, or no longer in the study.",
            n,
        )
    elif action == "links":
        text = ngettext(
            "%(n)s rater is left out: no longer in the study.",
            "%(n)s raters are left out: no longer in the study.",
            n,
        )
    else:
        text = ngettext(
            "%(n)s rater is left out: finished, or without a seat.",
            "%(n)s raters are left out: finished, or without a seat.",
            n,
        )
    return text % {"n": n}


KINDS = {"remind": Mailing.Kind.REMINDER, "invite": Mailing.Kind.INVITATION}


def _confirm(
    request: HttpRequest,
    study: Study,
    action: str,
    rows: list[ListedRater],
    left_out: int,
    form: ReasonForm,
    *,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {
        "study": study,
        "downloaded": inviting.last_download([row.rater for row in rows]) if action == "links" else None,
        "has_links": action == "links" and _have_links(rows),
        "action": action,
        "rows": rows,
        "n": len(rows),
        "left_out": _left_out_text(action, left_out) if left_out else "",
        "form": form,
        "problem": problem,
        "code": mail_code(),
        "configured": outbox.is_configured(),
        "waiting": contacts.waiting_list(study).count() if action == "replace" else 0,
    }
    if kind := KINDS.get(action):
        texts, deadline = study_texts(study, kind), mail_settings(study).deadline
        wanted = {row.contact.language for row in rows if row.contact}
        context["kind"] = kind
        context["previews"] = [
            (language, example(study, language, texts[language], deadline))
            for language in LANGUAGES
            if language in wanted
        ]
    return render(request, "studies/raters_bulk.html", context, status=422 if form.errors else status)


def _have_links(rows: list[ListedRater]) -> bool:
    """Whether any of these raters may have a link. Raters of a list get theirs by email or download."""
    people = [row.rater for row in rows]
    return any(row.contact is None for row in rows) or RaterLink.objects.filter(rater__in=people).exists()


def _do(
    request: HttpRequest, study: Study, action: str, rows: list[ListedRater], form: ReasonForm
) -> HttpResponse:
    people, by, code = [row.rater for row in rows], username_of(request), request.POST["code"]
    if kind := KINDS.get(action):
        texts = study_texts(study, kind)
        mailing = outbox.queue(study=study, kind=kind, texts=texts, by=by, raters=people, code=code)
        return see_other("study-mailing", study.slug, mailing.code)
    if action == "links":
        return _links_file(study, people, by)
    reason = form.cleaned_data["reason"]
    if action == "release":
        for each in people:
            services.free_seat(rater=each, by=by, reason=reason)
        n = len(people)
        messages.success(request, ngettext("%(n)s seat released.", "%(n)s seats released.", n) % {"n": n})
        return see_other("study-raters", study.slug)
    try:
        mailing, replaced = inviting.replace_raters(
            study=study, raters=people, code=code, reason=reason, by=by, send="send" in request.POST
        )
    except NoFreeSeat:
        problem = _(
            "The waiting list has too few people who read the same languages. No raters were replaced."
        )
        return _confirm(request, study, action, rows, 0, form, problem=problem, status=409)
    except NotOpen:
        messages.warning(request, _("This study is closed, so you can't invite more raters."))
        return see_other("study-raters", study.slug)
    except inviting.ListChanged:
        return _reload(request, study.slug)
    for old, new in replaced:
        messages.success(
            request,
            _("%(new)s replaces %(old)s.") % {"new": _name(new), "old": _name(old)},
        )
    return see_other("study-mailing", study.slug, mailing.code)


def _name(rater: Rater) -> str:
    contact = RaterContact.objects.filter(rater=rater).first()
    return contact.label or rater.code if contact else rater.code


def _reload(request: HttpRequest, slug: str) -> HttpResponse:
    messages.warning(request, _("This form is out of date. Nothing was changed. Please try again."))
    return see_other("study-raters", slug)


def _links_file(study: Study, people: list[Rater], by: str) -> HttpResponse:
    """The links as CSV: the only copy of them."""
    issued = inviting.issue_links(study=study, raters=people, by=by)
    rows = [("label", "mail", "languages", "group", "code", "link")]
    for each in issued:
        reads = " ".join(each.rater.languages)
        rows.append((each.label, each.address, reads, each.group, each.rater.code, link_url(each.secret)))
    # Excel takes a file for UTF-8 only if it begins with a byte order mark.
    response = HttpResponse("\ufeff" + as_csv(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{study.slug}-links.csv"'
    return response


@require_POST
@staff_required
def waiting(request: HttpRequest, slug: str) -> HttpResponse:
    """The waiting list: give free seats to the first of it, or remove a person from it."""
    study = study_or_404(request, slug)
    if request.POST.get("do") == "remove":
        found: QuerySet[RaterContact] = contacts.waiting_list(study)
        key = request.POST.get("contact", "")
        found.filter(pk=int(key) if key.isascii() and key.isdigit() else 0).delete()
        return see_other("study-raters", slug, fragment="#waiting")
    if not is_form_code(request.POST.get("code", "")):
        return see_other("study-raters", slug)
    try:
        mailing = inviting.seat_waiting(
            study=study, code=request.POST["code"], by=username_of(request), send="send" in request.POST
        )
    except (NotOpen, NoFreeSeat):
        messages.warning(request, _("No free seat matches anyone on the waiting list."))
        return see_other("study-raters", slug)
    except inviting.ListChanged:
        return _reload(request, slug)
    return see_other("study-mailing", slug, mailing.code)
