"""Report pages: /api/v1/: it is for staff alone, and says why where something is sealed."""

import json

import pytest
from django.test import Client

from annotations.desk import services
from tests import factories

pytestmark = pytest.mark.django_db


def test_studies_and_one_study(staff, tmp_path):
    factories.make_study(tmp_path)
    listed = staff.get("/api/v1/studies/").json()
    assert [row["slug"] for row in listed["results"]] == ["harbour"]
    one = staff.get("/api/v1/studies/harbour/").json()
    assert (one["state"], one["sealed"]) == ("frozen", True)
    assert staff.get("/api/v1/studies/?state=open").json()["results"] == []


def test_watch_gives_the_pages_figures(staff, tmp_path):
    study = factories.make_study(tmp_path, state="open")
    factories.fill(study, raters=2)
    found = staff.get("/api/v1/studies/harbour/watch/").json()
    assert found["assignments"]["submitted"] == 6
    assert found["left_share"] is None  # six judgments are below twenty


def test_raters_are_codes(staff, tmp_path):
    study = factories.make_study(tmp_path, state="open")
    rater = services.enrol(study=study, languages=["en"], by="test").rater
    assert staff.get("/api/v1/studies/harbour/raters/").json()["results"] == [
        {
            "code": rater.code,
            "kind": "person",
            "state": "invited",
            "languages": ["en"],
            "seat": 1,
            "done": 0,
            "total": 3,
            "last_seen": None,
            "withdrawn": False,
        }
    ]


@pytest.mark.parametrize("path", ["reports/", "tables/", "tables/judgments/", "reports/abc/"])
def test_sealed_is_403_with_the_reason(staff, tmp_path, path):
    factories.make_study(tmp_path, state="closed")
    answer = staff.get(f"/api/v1/studies/harbour/{path}")
    assert answer.status_code == 403
    assert "until two people unblind it" in answer.json()["detail"]


def test_reports_and_tables_of_an_unblinded_study(staff, report):
    listed = staff.get("/api/v1/studies/harbour/reports/").json()
    assert [row["code"] for row in listed["results"]] == [report.code]
    assert staff.get(f"/api/v1/studies/harbour/reports/{report.code}/").json()["results"] == report.results
    assert "judgments" in staff.get("/api/v1/studies/harbour/tables/").json()["tables"]
    page = staff.get("/api/v1/studies/harbour/tables/judgments/?page_size=5").json()
    assert len(page["results"]) == 5
    assert set(page["results"][0]) > {"left_system", "right_system", "choice"}


def test_a_stranger_gets_nothing(db):
    assert Client().get("/api/v1/studies/").status_code == 401
    assert Client().get("/api/schema/").status_code == 401


def test_a_study_is_changed_by_its_verbs_alone(staff, tmp_path):
    factories.make_study(tmp_path)
    for verb in (staff.post, staff.put, staff.patch, staff.delete):
        assert verb("/api/v1/studies/harbour/").status_code == 405


def test_only_the_docs_page_relaxes_the_content_security_policy(staff):
    docs = staff.get("/api/docs/")
    assert docs.status_code == 200
    assert "://" not in docs.content.decode()
    assert "style-src 'self' 'unsafe-inline'" in docs["Content-Security-Policy"]
    assert "unsafe" not in staff.get("/api/schema/")["Content-Security-Policy"]
    assert "unsafe" not in staff.get("/studies/")["Content-Security-Policy"]


def test_no_address_tells_of_single_judgments(staff):
    schema = json.loads(staff.get("/api/schema/?format=json").content)
    assert not [
        path for path in schema["paths"] for word in ("entr", "pairing", "slot", "judgment") if word in path
    ]
