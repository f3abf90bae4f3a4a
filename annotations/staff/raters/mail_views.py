"""Mails to raters: texts, settings, what was sent, and decisions about mails whose fate is unknown."""

import smtplib
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotations.mailing import contacts, inviting, outbox
from annotations.mailing.messages import (
    EDITABLE_KINDS,
    LANGUAGES,
    PLACEHOLDERS,
    example,
    mail_settings,
    reason_text,
    shipped_texts,
    study_texts,
)
from annotations.models import Mail, Mailing, Study
from annotations.staff.access import mail_or_404, mailing_or_404, notice_or_404, study_or_404
from annotations.staff.raters.rater_forms import MailSettingsForm, TextsForm
from annotations.staff.studies.views import username_of
from evalsite.core.access import staff_required
from evalsite.core.models import Role, User
from evalsite.core.views import FORMS, see_other

MOST_SHOWN = 1000
UNDER_WAY = (Mail.State.QUEUED, Mail.State.SENDING)


@never_cache
@require_safe
@staff_required
def mails(request: HttpRequest, slug: str) -> HttpResponse:
    study = study_or_404(request, slug, Role.RESEARCHER)
    return render(request, "studies/mails.html", _mails_context(study))


@never_cache
@require_safe
@staff_required
def mails_live(request: HttpRequest, slug: str) -> HttpResponse:
    return render(
        request, "studies/_mails.html", _mails_context(study_or_404(request, slug, Role.RESEARCHER))
    )


def _mails_context(study: Study) -> dict[str, Any]:
    every = outbox.mails_of(study)
    counted = outbox.counts(every)
    sent = study.mailings.filter(mails__isnull=False).distinct()
    return {
        "study": study,
        "counts": counted,
        "total": sum(counted.values()),
        "mailings": [(mailing, outbox.counts(mailing.mails.all())) for mailing in sent[:50]],
        "paused": every.filter(state=Mail.State.QUEUED, reason="paused").count(),
        "undecided": _listed(every.filter(state=Mail.State.UNKNOWN)),
        "failed": _listed(every.filter(state=Mail.State.FAILED)),
        "configured": outbox.is_configured(),
        "live": any(counted[state] for state in UNDER_WAY),
    }


def _listed(rows: Any) -> list[tuple[Mail, str]]:
    """Mails with the reason of each, as a text."""
    found = rows.select_related("mailing", "rater__contact", "user")[:MOST_SHOWN]
    return [(mail, reason_text(mail.reason)) for mail in found]


@never_cache
@require_http_methods(FORMS)
@staff_required
def mailing(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    """One message: who gets it, and what has become of it. Posting sends the invitations of a list."""
    found = mailing_or_404(request, slug, code)
    if request.method == "POST":
        queued = inviting.send_invitations(mailing=found)
        messages.success(
            request,
            ngettext("%(n)s invitation is on its way.", "%(n)s invitations are on their way.", queued)
            % {"n": queued},
        )
        return see_other("study-mailing", slug, code)
    return render(request, "studies/mailing.html", _mailing_context(found))


@never_cache
@require_safe
@staff_required
def mailing_live(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    return render(request, "studies/_mailing.html", _mailing_context(mailing_or_404(request, slug, code)))


def _mailing_context(found: Mailing) -> dict[str, Any]:
    listed = inviting.listed_raters(found)
    counted = outbox.counts(found.mails.all())
    unsent = listed.exclude(mails__mailing=found).exclude(contact__address="").count()
    return {
        "study": found.study,
        "mailing": found,
        "counts": counted,
        "total": sum(counted.values()),
        "rows": _listed(found.mails.all()),
        "codes": list(listed.values_list("code", flat=True)),
        "downloaded": inviting.last_download(listed),
        "unsent": unsent if found.kind == Mailing.Kind.INVITATION else 0,
        "waiting": found.contacts.filter(rater__isnull=True).count(),
        "configured": outbox.is_configured(),
        "live": any(counted[state] for state in UNDER_WAY),
    }


@require_POST
@staff_required
def decide(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    """About a mail whose fate is unknown, or that failed: send it again, or count it as sent."""
    _decide(request, mail_or_404(request, slug, code))
    return see_other("study-mails", slug)


def _decide(request: HttpRequest, mail: Mail) -> None:
    again = request.POST.get("do") == "again"
    try:
        outbox.decide(mail=mail, again=again, by=username_of(request))
    except outbox.NotUnknown:
        messages.warning(request, _("This email has already been dealt with."))
    else:
        done = _("The email will be sent again.") if again else _("The email is marked as sent.")
        messages.success(request, done)


@require_POST
@staff_required
def decide_notice(request: HttpRequest, code: str) -> HttpResponse:
    """The same about a mail to staff, for owners of the team that it is about."""
    _decide(request, notice_or_404(request, code))
    return see_other("notifications")


@require_POST
@staff_required
def send_failed(request: HttpRequest, slug: str) -> HttpResponse:
    n = outbox.send_failed_again(study=study_or_404(request, slug), by=username_of(request))
    messages.success(
        request,
        ngettext("%(n)s email will be sent again.", "%(n)s emails will be sent again.", n) % {"n": n},
    )
    return see_other("study-mails", slug)


@require_POST
@staff_required
def cancel(request: HttpRequest, slug: str) -> HttpResponse:
    n = outbox.cancel_waiting(study=study_or_404(request, slug), by=username_of(request))
    messages.success(request, ngettext("%(n)s email cancelled.", "%(n)s emails cancelled.", n) % {"n": n})
    return see_other("study-mails", slug)


@never_cache
@require_http_methods(FORMS)
@staff_required
def message_settings(request: HttpRequest, slug: str) -> HttpResponse:
    """Sender, deadline and how long addresses are stored; a list of the messages."""
    study = study_or_404(request, slug, Role.RESEARCHER)
    options = mail_settings(study)
    form = MailSettingsForm(request.POST if request.method == "POST" else None, instance=options)
    if request.method == "POST" and form.is_valid():
        contacts.save_settings(study=study, values=form.cleaned_data, by=username_of(request))
        messages.success(request, _("Saved."))
        return see_other("study-messages", slug)
    user = request.user
    context = {
        "study": study,
        "form": form,
        "kinds": [(kind, Mailing.Kind(kind).label, bool(options.texts.get(kind))) for kind in EDITABLE_KINDS],
        "configured": outbox.is_configured(),
        "own_address": user.email if isinstance(user, User) else "",
    }
    return render(request, "studies/messages.html", context, status=422 if form.errors else 200)


@never_cache
@require_http_methods(FORMS)
@staff_required
def message(request: HttpRequest, slug: str, kind: str) -> HttpResponse:
    """One message in both languages, with a preview. A preview is not stored."""
    study = study_or_404(request, slug, Role.RESEARCHER)
    if kind not in EDITABLE_KINDS:
        raise Http404
    form = TextsForm(request.POST if request.method == "POST" else None, texts=study_texts(study, kind))
    options = mail_settings(study)
    if request.method == "POST" and request.POST.get("do") == "reset":
        contacts.save_texts(study=study, kind=kind, texts=None, by=username_of(request))
        messages.success(request, _("The original text has been restored."))
        return see_other("study-message", slug, kind)
    valid = request.method == "POST" and form.is_valid()
    if valid and request.POST.get("do") != "preview":
        contacts.save_texts(study=study, kind=kind, texts=form.texts(), by=username_of(request))
        messages.success(request, _("Saved."))
        return see_other("study-message", slug, kind)
    texts = form.texts() if valid else study_texts(study, kind)
    context = {
        "study": study,
        "kind": kind,
        "kind_label": Mailing.Kind(kind).label,
        "form": form,
        "parts": [
            (language, form[f"subject_{language}"], form[f"body_{language}"]) for language in LANGUAGES
        ],
        "previews": [
            (language, example(study, language, texts[language], options.deadline)) for language in LANGUAGES
        ],
        "placeholders": [f"{{{name}}}" for name in PLACEHOLDERS],
        "changed": study_texts(study, kind) != shipped_texts(kind),
        "deadline": options.deadline,
    }
    return render(request, "studies/message.html", context, status=422 if form.errors else 200)


@require_POST
@staff_required
def test_mail(request: HttpRequest, slug: str) -> HttpResponse:
    """A test message to the address of the person who asks."""
    study, user = study_or_404(request, slug), request.user
    address = user.email if isinstance(user, User) else ""
    if not address:
        messages.warning(request, _("Your account has no email address. An admin can add one."))
    elif not outbox.is_configured():
        messages.warning(request, _("This site can't send email yet. The operator needs to set EMAIL_HOST."))
    else:
        try:
            outbox.send_test(address, mail_settings(study).sender)
        except (OSError, smtplib.SMTPException, ValueError) as error:
            messages.warning(
                request, _("The mail server didn't accept the message: %(error)s") % {"error": error}
            )
        else:
            messages.success(request, _("Sent to %(address)s.") % {"address": address})
    return see_other("study-messages", slug)
