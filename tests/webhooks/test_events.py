"""Each event is stored by the real service, and its message holds codes and addresses only."""

import random
from collections import Counter

import pytest
from django.core.management import call_command
from django.db import transaction

from analysis.reports import services as reports
from annotations.desk import services
from annotations.models import Study
from annotations.staff.studies import study_states
from evalsite.core.models import Team
from evalsite.webhooks.endpoints import add_endpoint
from evalsite.webhooks.models import Delivery, EventType
from generation.pipelines import find_system
from generation.runs.services import plan_run
from generation.runs.worker import Worker
from generation.services import store_briefs
from tests import factories
from tests.generation.two_teams import brief_of
from tests.staff_cast import signed_in

pytestmark = pytest.mark.django_db
SYSTEMS = ("zarquonic", "brimfold", "ostlerine")


@pytest.fixture
def endpoint(db):
    team = Team.objects.get_or_create(slug="team", defaults={"name": "Team"})[0]
    found, _secret = add_endpoint(
        team=team.pk, url="https://hooks.example.org/", events=EventType.values, by="mara"
    )
    return found


def events() -> list[str]:
    return list(Delivery.objects.order_by("pk").values_list("type", flat=True))


@pytest.mark.slow
def test_a_study_from_opening_to_its_report(endpoint, tmp_path, settings):
    settings.PUBLIC_URL = "https://evalsite.example.org"
    people = [factories.person(name) for name in ("una", "dov")]
    study = factories.make_study(tmp_path, systems=SYSTEMS, state="frozen")
    client = signed_in(people[0])
    for verb in ("open", "pause", "open"):
        assert client.post(f"/studies/{study.slug}/{verb}/").status_code == 303
    assert events() == ["study.opened", "study.opened"]
    study.refresh_from_db()
    factories.fill(study)
    call_command("sweep", verbosity=0)
    call_command("sweep", verbosity=0)
    factories.unblind(study, people)
    call_command("sweep", verbosity=0)
    reports.build(reports.request(study=study, by=None).code)
    assert Counter(events()) == {
        "study.opened": 2, "rater.finished": 6, "study.full": 1, "study.closed": 1, "study.unblinded": 1,
        "report.ready": 1,
    }  # fmt: skip
    pages = set()
    for delivery in Delivery.objects.all():
        data = dict(delivery.data)
        page = data.pop("url").removeprefix("https://evalsite.example.org")
        assert client.get(page).status_code == 200, page
        pages.add(page)
        assert data.pop("study") == study.slug
        rater, report = data.pop("rater", None), data.pop("report", None)
        assert (rater is not None) == (delivery.type == "rater.finished")
        assert (report is not None) == (delivery.type == "report.ready")
        assert data == {}
    assert len(pages) == 1 + 6 + 1


def test_only_a_raters_last_submission_sends_an_event(endpoint, tmp_path):
    study = factories.make_study(tmp_path, state="open")
    rater = services.enrol(study=study, languages=["en"], by="test").rater
    total = services.progress(rater).total
    factories.judge(rater, rng=random.Random(1), pairs=total - 1)
    assert "rater.finished" not in events()
    factories.judge(rater, rng=random.Random(1))
    assert events().count("rater.finished") == 1
    data = Delivery.objects.get(type="rater.finished").data
    assert data["rater"] == rater.code


def test_an_event_is_stored_with_its_change_or_not_at_all(endpoint, tmp_path):
    study = factories.make_study(tmp_path, state="open")
    before = events()
    with transaction.atomic():
        study_states.transition(study=study, verb="close", by="test")
        assert len(events()) == len(before) + 1
        transaction.set_rollback(True)
    assert events() == before
    assert Study.objects.get().state == Study.State.OPEN


def test_a_run_that_is_finished(endpoint):
    brief = store_briefs([brief_of("depot-one", "depot-line", "The Depot")])[0].brief
    run = plan_run(specs=[find_system("fake-direct")], briefs=[brief], wake=False).run
    Worker(run).work()
    run.refresh_from_db()
    assert run.state == run.State.DONE
    (delivery,) = Delivery.objects.all()
    assert delivery.type == "run.finished"
    assert delivery.data == {"run": run.code, "url": f"http://127.0.0.1:8000/generation/{run.code}/"}


def test_teams_get_events_of_their_own_studies_alone(endpoint, tmp_path):
    other = Team.objects.create(slug="other", name="Other")
    study = factories.make_study(tmp_path, state="open", team=other)
    assert events() == []
    add_endpoint(team=other.pk, url="https://other.example.org/", events=["study.closed"], by="mara")
    study_states.transition(study=study, verb="close", by="test")
    assert [each.endpoint.team for each in Delivery.objects.all()] == [other]
