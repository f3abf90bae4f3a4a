"""Fixtures for the results and planning pages: two members of the staff, each of them signed in; a study."""

import pytest

from analysis.models import Report
from annotations.models import Study
from tests import factories
from tests.staff_cast import jonas, mara, other, staff

__all__ = ["jonas", "mara", "other", "staff"]


@pytest.fixture
def unblinded(tmp_path) -> Study:
    return factories.make_unblinded(tmp_path)


@pytest.fixture
def report(tmp_path) -> Report:
    report = factories.make_unblinded(tmp_path, report=True).reports.get()
    assert report.state == "done", report.reason
    return report
