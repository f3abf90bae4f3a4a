"""Public links to a report: the owners' page of links, and what the public reads at one.

The public pages need no account and no cookie. They show one stored report and its files, and nothing else of
the site.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import lru_cache, wraps
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy, override
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from analysis.access import newest, report_link_or_404
from analysis.models import Report, ReportLink
from analysis.reports import services as reports
from analysis.reports import stored_reports
from analysis.reports.report_links import (
    MOST_DAYS,
    create_report_link,
    end_report_link,
    find_report_link,
    links_of,
    stored_results,
)
from analysis.reports.stored_reports import checked_results
from analysis.reports.views import SHOWN, attachment, listed_files, results_required
from analysis.tables.frames import Sealed, require_readable
from analysis.translation import LANGS
from annotations.blinding.frozen_check import FrozenStudyDiffers
from annotations.models import Study
from evalsite.core.clock import database_now
from evalsite.core.models import Role
from evalsite.core.views import FORMS, keep_for_next_page, see_other

LINK_COOKIE = "fresh-report-link"
LINK_SECONDS = 120
PUBLIC_HEADERS = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow, noarchive"}


class ReportLinkForm(forms.Form):
    """Until when a new link is valid, and what it is for."""

    until = forms.DateField(
        label=gettext_lazy("Valid through (end of day, UTC)"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    note = forms.CharField(
        required=False, max_length=120, label=gettext_lazy("What the link is for (don't name raters)")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        today = database_now().date()
        self.earliest, self.latest = today, today + timedelta(days=MOST_DAYS)
        self.fields["until"].initial = today + timedelta(days=30)

    def clean_until(self) -> Any:
        until = self.cleaned_data["until"]
        if not self.earliest <= until <= self.latest:
            dates = {"first": self.earliest.isoformat(), "last": self.latest.isoformat()}
            raise forms.ValidationError(_("Choose a date from %(first)s to %(last)s.") % dates)
        return until


@require_http_methods(FORMS)
@results_required(Role.OWNER)
def report_links(request: HttpRequest, study: Study) -> HttpResponse:
    """All links to reports of a study, and a form for a new one, which leads to the newest report."""
    report = newest(study, Report.State.DONE)
    if report is None:
        return see_other("study-report", study.slug)
    form = ReportLinkForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        link, secret = create_report_link(report=report, by=request.user, **form.cleaned_data)  # type: ignore[arg-type]
        return _show_once(request, study, link, secret)
    now = database_now()
    links = links_of(study)
    context = {
        "study": study,
        "report": report,
        "form": form,
        "links": [(link, link.is_valid_at(now)) for link in links],
        "fresh": _fresh_address(request),
    }
    response = render(request, "analysis/report_links.html", context, status=422 if form.errors else 200)
    if context["fresh"]:
        response.delete_cookie(LINK_COOKIE, path=request.path, samesite="Strict")
    return response


def _show_once(request: HttpRequest, study: Study, link: ReportLink, secret: str) -> HttpResponse:
    """Back to the list, which shows the address once. Until then only the owner's browser has it."""
    response = see_other("study-report-links", study.slug, fragment="#fresh")
    keep_for_next_page(response, request, LINK_COOKIE, secret, path=request.path, seconds=LINK_SECONDS)
    return response


def _fresh_address(request: HttpRequest) -> str:
    secret = request.get_signed_cookie(LINK_COOKIE, default="", max_age=LINK_SECONDS)
    return request.build_absolute_uri(reverse("shared-start", args=[secret])) if secret else ""


@require_http_methods(FORMS)
@results_required(Role.OWNER)
def end_link(request: HttpRequest, study: Study, code: str) -> HttpResponse:
    """Ask, then end a link."""
    link = report_link_or_404(study, code)
    if request.method != "POST":
        return render(request, "analysis/report_link_end.html", {"study": study, "link": link})
    end_report_link(link=link, by=request.user)  # type: ignore[arg-type]
    return see_other("study-report-links", study.slug)


def shared_report_required(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Passes a valid link, with the language of the address, else that of the browser.

    404 if there is no such link, 410 if it has ended.
    """

    @require_safe
    @never_cache
    @wraps(view)
    def wrapped(request: HttpRequest, secret: str, lang: str = "", *args: Any, **kwargs: Any) -> HttpResponse:
        lang = lang if lang in LANGS else get_language() or stored_reports.STORED
        with override(lang):
            response = _answer(view, request, secret, lang, *args, **kwargs)
        for name, value in (PUBLIC_HEADERS | {"Content-Language": lang}).items():
            response[name] = value
        return response

    return wrapped


def _answer(
    view: Callable[..., HttpResponse], request: HttpRequest, secret: str, lang: str, *args: Any, **kwargs: Any
) -> HttpResponse:
    link = find_report_link(secret)
    if link is None:
        return render(request, "analysis/shared_ended.html", {"known": False}, status=404)
    if not link.is_valid_at(database_now()):
        return render(request, "analysis/shared_ended.html", {"known": True}, status=410)
    try:
        require_readable(link.report.study, report_only=True)
        return view(request, link, lang, *args, **kwargs)
    except (Sealed, Http404):
        return render(request, "analysis/shared_ended.html", {"known": False}, status=404)
    except FrozenStudyDiffers:
        return render(request, "analysis/shared_ended.html", {"known": True}, status=410)


@shared_report_required
def shared_start(request: HttpRequest, link: ReportLink, lang: str) -> HttpResponse:
    """The address that is passed on: leads to the report in the browser's language."""
    return HttpResponseRedirect(f"{lang}/")


@shared_report_required
def shared_report(request: HttpRequest, link: ReportLink, lang: str) -> HttpResponse:
    """The report as it was when the link was made."""
    context = {
        "study": link.report.study,
        "report": link.report,
        "link": link,
        "fragment": _fragment(link.report.code, lang),
    } | listed_files(link.report, lang, full=True)
    return render(request, "analysis/shared_report.html", context)


@lru_cache(maxsize=8)
def _fragment(code: str, lang: str) -> str:
    """The report's HTML, with addresses relative to its page. A computed report never changes."""
    from analysis.render import render_fragment

    results = stored_results(code)
    plots = f"files/{stored_reports.plots_of(lang)}"
    return render_fragment(results, plots, lang, tables_url="tables/")


@shared_report_required
def shared_file(request: HttpRequest, link: ReportLink, lang: str, name: str) -> HttpResponse:
    """One file of the report. There is no text of a script in them."""
    content = stored_reports.stored_or_drawn(link.report, name)
    if content is None:
        raise Http404
    media_type = reports.media_type(name)
    if name.endswith(SHOWN):
        return HttpResponse(content, content_type=media_type)
    return attachment(content, f"{link.report.study.slug}-{name}", media_type)


@shared_report_required
def shared_table(request: HttpRequest, link: ReportLink, lang: str, name: str, form: str) -> HttpResponse:
    """One table of the report page as a file."""
    from analysis import render as rendering

    text = rendering.export_table(checked_results(link.report), name, form, lang)
    if text is None:
        raise Http404
    return attachment(text.encode(), f"{link.report.study.slug}-{name}.{form}", rendering.MEDIA_TYPES[form])
