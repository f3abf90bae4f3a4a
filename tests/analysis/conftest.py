"""Fixtures for the results and planning pages: two members of the staff, each of them signed in; a study."""

import json

import pytest

from analysis.models import Report
from analysis.reports import services as reports
from annotations.models import Study
from tests import factories
from tests.analysis.render.sample import sample_report
from tests.snapshots import restore_or_make
from tests.staff_cast import jonas, mara, other, staff

__all__ = ["jonas", "mara", "other", "staff"]


def build_report(study: Study) -> Report:
    """Compute a report of the study, as a worker does."""
    report = reports.request(study=study, by=None)
    reports.build(report.code)
    report.refresh_from_db()
    assert report.state == "done", report.reason
    return report


@pytest.fixture
def stored_report(tmp_path) -> Report:
    """A report made by hand, for tests of its files and not of its numbers. The PDFs are not real ones."""
    people = [factories.person(name, key=1_000_000 + number) for number, name in enumerate(("una", "dov"))]

    def make() -> int:
        study = factories.make_study(tmp_path, state="open", briefs=1)
        factories.unblind(study, people)
        report = Report.objects.create(study=study, kind=Report.Kind.FINAL)
        content = json.dumps(sample_report()).encode()
        pdfs = {"report.pdf": b"%PDF stored", "report.zh-hans.pdf": b"%PDF zh"}
        reports.store(report, {"report.json": content, **pdfs})
        return report.pk

    return Report.objects.get(pk=restore_or_make("report made by hand", make))


@pytest.fixture
def unblinded(tmp_path) -> Study:
    return factories.make_unblinded(tmp_path)


@pytest.fixture
def report(tmp_path) -> Report:
    report = factories.make_unblinded(tmp_path, report=True).reports.get()
    assert report.state == "done", report.reason
    return report
