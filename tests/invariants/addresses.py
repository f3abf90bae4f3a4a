"""Addresses of rows that exist: a route of the URL configuration with something of the site in it."""

import re

from analysis.cases.queries import case_code
from analysis.models import Report
from analysis.reports.report_links import create_report_link
from annotations.mailing import outbox
from annotations.models import LeakFinding, Mail, Pairing, Rejection, Study
from evalsite.core.clock import database_now
from evalsite.core.codes import random_code
from evalsite.core.models import User


def study_address(route: str, study: Study) -> str:
    """The address of something that the study has. It is unblinded, and its newest report is done."""
    by = User.objects.filter(is_staff=True).earliest("pk")
    report = Report.objects.filter(study=study, state="done").earliest("pk")

    def code(_match: re.Match[str]) -> str:
        if "/cases/" in route:
            pairing = Pairing.objects.select_related("first", "second").filter(study_brief__study=study)
            return case_code(pairing[0])
        if "/links/" in route:
            until = database_now().date()
            return create_report_link(report=report, until=until, note="", by=by)[0].code
        if "/report" in route:
            return report.code
        if "/decide/" in route:
            return mail_of(study).code
        if "/mails/" in route:
            return mail_of(study).mailing.code
        if "/rejected/" in route:
            return Rejection.objects.create(
                study=study, brief_slug="scene-en-1", script_digest=random_code(), found=[]
            ).code
        if "/findings/" in route:
            return LeakFinding.objects.create(study=study, brief_slug="study:title", kind="model").code
        return study.raters.all()[0].code

    name = "raters" if "/tables/" in route else "report.json"
    if "report/<slug:code>/tables" in route:
        name = "methods"
    form = "txt" if name == "methods" else "csv"
    parts = {"slug": study.slug, "brief": "scene-en-1", "number": "1", "kind": "invitation"}
    parts |= {"rest": "r/go/consent/", "name": name, "form": form}
    return fill_route(re.sub(r"<\w+:code>", code, route), parts)


def fill_route(route: str, parts: dict[str, object]) -> str:
    """The address with each part of the route replaced; a part that has no value is a KeyError."""
    plain = re.sub(r"\(\?P<(\w+)>.*?\)(?=/|\$)", r"<\1>", route).replace("^", "").replace("$", "")
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda part: str(parts[part[1]]), plain)


def mail_of(study: Study) -> Mail:
    known = Mail.objects.filter(mailing__study=study).first()
    if known is None:
        rater = study.raters.all()[0]
        texts = {"en": {"subject": "s", "body": "b"}}
        outbox.queue(study=study, kind="reminder", texts=texts, by="test", raters=[rater])
        mailing = study.mailings.get()
        known = Mail.objects.filter(mailing=mailing).first() or Mail.objects.create(
            mailing=mailing, rater=rater, address="r@example.org"
        )
    return known
