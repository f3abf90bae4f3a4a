"""Staff: pages of a study ask the database as often with many raters and answers as with few."""

from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from annotations.desk.pay import study_earnings
from annotations.findings import review
from annotations.models import Study
from annotations.spec.values import from_json
from annotations.staff.findings import findings_page
from annotations.staff.studies.monitoring import study_figures
from generation.models import Brief
from tests.factories import fill, make_study

pytestmark = pytest.mark.django_db
PAGES = ("", "watch/live/", "raters/", "raters/invite/", "findings/")
PAY = {"minutes": 5, "per_pair": "4.00", "currency": "EUR", "payer": {"en": "The harbour"}}


def count_queries(client: Client, study: Study) -> dict[str, int]:
    found = {}
    for page in PAGES:
        client.get(f"/studies/{study.slug}/{page}")  # the first one may fill a cache
        with CaptureQueriesContext(connection) as asked:
            assert client.get(f"/studies/{study.slug}/{page}").status_code == 200
        found[page] = len(asked)
    study.spec["pay"] = PAY
    with CaptureQueriesContext(connection) as asked:
        assert sum(one.pairs for one in study_earnings(study)) > 0
    return found | {"earnings": len(asked)}


@pytest.mark.slow
def test_more_raters_and_answers_need_no_more_queries(staff: Client, tmp_path: Path) -> None:
    study = make_study(tmp_path, state="open", seats=6)
    fill(study, raters=1)
    few = count_queries(staff, study)
    fill(study, raters=4)
    assert count_queries(staff, study) == few


def test_figures_are_renewed_with_each_answer(tmp_path: Path) -> None:
    study = make_study(tmp_path, state="open", seats=6)
    for taken in (1, 2):
        fill(study, raters=1)
        figures = study_figures(study)
        assert figures.judgments == figures.assignments["submitted"] == 3 * taken
        assert sum(n * count for n, count in figures.pairing_counts.items()) == figures.judgments
        assert sum(row.submitted for row in figures.languages) == figures.judgments


def test_the_neighbours_of_a_script_are_those_of_the_whole_list(tmp_path: Path) -> None:
    study = make_study(tmp_path, state="draft", briefs=4, extra="As an AI language model, I cannot.")
    review.request_scan(study=study, by="mara")
    spec, found = from_json(study.spec), list(review.findings(study))
    briefs = list(Brief.objects.select_related("series"))
    slots = [slot for row in findings_page.brief_rows(study, spec, briefs, found) for slot in row.slots]
    assert any(slot.open for slot in slots)
    for at, slot in enumerate(slots):
        round_it = [*slots[at + 1 :], *slots[:at]]
        assert findings_page.neighbours(study, spec, briefs, found, slot) == {
            "before": slots[at - 1] if at else None,
            "after": slots[at + 1] if at + 1 < len(slots) else None,
            "next_open": next((each for each in round_it if each.open), None),
        }
