"""Staff: the audit trail on the pages, and to whom it shows what."""

import re

import pytest
from django.utils import translation

from annotations.blinding import unblinding
from annotations.desk import services
from annotations.staff.studies import study_states
from evalsite.core import trail
from evalsite.core.models import ACCOUNT_VERBS, AuditEvent
from evalsite.local.paths import REPOSITORY
from generation.training_data.datasets import build_requests, rights
from tests import factories

pytestmark = pytest.mark.django_db
CHINESE = {"HTTP_ACCEPT_LANGUAGE": "zh-hans"}


def test_the_trail_speaks_the_readers_language_and_keeps_what_is_stored(staff, mara, tmp_path):
    study = factories.make_study(tmp_path, state="open")
    services.enrol(study=study, languages=["en"], by="mara")
    study_states.transition(study=study, verb="close", by="console")
    study.refresh_from_db()
    unblinding.request(study=study, by=mara, reason="All pairs are in.")
    page = staff.get("/studies/harbour/", **CHINESE).content.decode()
    rows = page[page.index('id="trail"') :]
    for chinese in ("申请揭盲", "加入", "关闭", "之前：进行中", "类别：真人", "控制台"):
        assert chinese in rows
    for english in ("ask to unblind", "enrol", "before:", "kind:", "console"):
        assert english not in rows
    assert "ask to unblind" in AuditEvent.objects.values_list("verb", flat=True)
    assert "requested unblinding" in staff.get("/studies/harbour/").content.decode()


def test_a_kind_of_finding_is_told_in_words():
    with translation.override("zh-hans"):
        told = trail.detail_line({"finding": "f1", "kind": "series", "kinds": ["hidden", "model"]})
    assert told.endswith("类别：剧名；类别：不可见字符、模型"), told
    assert trail.detail_line({"kind": "hidden"}) == "kind: invisible characters"


def test_every_verb_that_is_recorded_has_a_name():
    recorded = {
        *ACCOUNT_VERBS,
        build_requests.ASKED,
        build_requests.BEGUN,
        build_requests.ENDED,
        rights.BUILT,
    }
    for package in ("annotations", "analysis", "generation", "evalsite"):
        for path in (REPOSITORY / package).rglob("*.py"):
            recorded |= set(re.findall(r'\bverb="([^"]+)"', path.read_text()))
    assert {"ask to unblind", "freeze", "plan run"} <= recorded
    assert recorded <= set(trail.VERBS)


def test_what_generation_records_is_kept_off_the_pages_of_studies():
    """A brief can have the slug of a study, of another team even."""
    texts = [path.read_text() for path in (REPOSITORY / "generation").rglob("*.py")]
    recorded = set(re.findall(r'\bverb="([^"]+)"', "".join(texts)))
    assert recorded - trail.VERBS_OF_GENERATION == {"download"}  # of scripts: told apart by its details
    assert set(trail.VERBS) >= trail.VERBS_OF_GENERATION


def test_the_admin_is_offered_to_those_alone_who_may_use_it(staff, other):
    assert 'href="/admin/"' in staff.get("/studies/").content.decode()
    assert 'href="/admin/"' not in other.get("/studies/").content.decode()


@pytest.mark.parametrize("address", ["/admin/core/user/", "/studies/nowhere/"])
def test_a_page_that_is_refused_speaks_to_the_staff(other, address):
    page = other.get(address).content.decode()
    assert "jonas" in page
    assert "personal link" not in page
    assert "the person who sent it" not in page
    assert 'href="/studies/"' in page
