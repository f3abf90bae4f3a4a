"""The Python client against the site: what it asks, what it repeats and what it raises."""

import csv
import time
from collections.abc import Iterator

import pytest
import yaml

import evalsite_client
from annotations.models import Study
from evalsite.core.models import Role, Team, only_team
from evalsite.webhooks import endpoints, outbox
from evalsite_client import Client, EvalsiteError, WebhookError, verify_webhook, wait
from generation.models import Brief
from tests import factories
from tests.api.conftest import program_of
from tests.clients.flaky_proxy import FlakyProxy, flaky_proxy
from tests.webhooks.receiver import receiver

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture
def proxy(live_server) -> Iterator[FlakyProxy]:
    with flaky_proxy(live_server.url) as running:
        yield running


@pytest.fixture
def client(proxy, db) -> Iterator[Client]:
    owner = factories.member("ola", Team.objects.get(pk=only_team()), Role.OWNER)
    with Client(proxy.url, program_of(owner).secret, retries=3) as made:
        yield made


def brief(number: int) -> dict[str, object]:
    return {
        "slug": f"pier-{number}",
        "series": {"slug": "pier", "title": "Longshore"},
        "language": "en",
        "order": number,
        "target_length": 60,
        "outline": "The lamp goes out.",
        "characters": [{"name": "Orla", "profile": "A diver."}],
    }


def keys(of: type) -> set[str]:
    return set(of.__annotations__)


def test_briefs_scripts_and_systems(client, proxy, tmp_path, monkeypatch):
    monkeypatch.setattr(evalsite_client, "PAGE_SIZE", 2)
    stored = client.add_briefs([brief(number) for number in range(1, 6)])
    assert {each["outcome"] for each in stored} == {"created"}
    begun = len(proxy.seen)
    assert [each["slug"] for each in client.briefs(series="pier")] == [f"pier-{n}" for n in range(5, 0, -1)]
    assert len(proxy.seen) - begun == 3
    assert set(client.brief("pier-1")) == keys(evalsite_client.Brief)
    file = tmp_path / "pier-1.yaml"
    file.write_text(yaml.safe_dump(brief(1) | {"outline": "The lamp stays on."}))
    assert client.add_briefs(files=[file])[0]["outcome"] == "changed"
    assert client.series("pier")["briefs"] == 5
    assert [each["slug"] for each in client.all_series()] == ["pier"]
    text = tmp_path / "anything.fountain"
    text.write_text("INT. PIER - NIGHT\n\nThe lamp goes out.\n\nORLA\nNine steps.\n")
    (uploaded,) = client.upload_scripts(
        {"pier-1": text}, system="quill", human=True, credit="Written for tests."
    )
    assert set(uploaded) == keys(evalsite_client.UploadedScript)
    (script,) = client.scripts(system="quill")
    assert set(script) == keys(evalsite_client.Script)
    found = client.script("pier-1", "quill")
    assert (found["text"], set(found)) == (text.read_text(), keys(evalsite_client.ScriptText))
    (system,) = client.systems(kind="human")
    assert set(system) == keys(evalsite_client.System) - {"file"}
    assert "dsr" in {each["slug"] for each in client.included_systems()}


def test_a_run(client):
    client.add_briefs([brief(1)])
    run = client.start_run(["fake-direct"], briefs=["pier-1"], seed=3, name="First")
    assert set(run) == keys(evalsite_client.Run)
    assert client.pause_run(run["code"])["state"] == "paused"
    assert client.wait_for_run(run["code"])["state"] == "paused"
    assert client.set_run_limits(run["code"], limit_tokens=5000)["limit_tokens"] == 5000
    assert client.resume_run(run["code"])["state"] == "active"
    assert [each["code"] for each in client.runs(state="active")] == [run["code"]]
    assert client.cancel_run(run["code"])["state"] == "cancelled"


def test_an_answer_that_is_lost_is_not_done_twice(client, proxy):
    proxy.faults = ["lose", "lose"]
    (stored,) = client.add_briefs([brief(1)])
    assert stored["outcome"] == "created"  # and not `unchanged`: the first answer came again
    assert [method for method, *_ in proxy.seen] == ["POST"] * 3
    assert len({key for *_, key in proxy.seen}) == 1
    assert Brief.objects.count() == 1


@pytest.mark.parametrize("status", ["429", "503"])
def test_a_site_that_is_busy_is_asked_again_when_it_says(client, proxy, status):
    proxy.faults, proxy.retry_after = [status], "1"
    begun = time.monotonic()
    assert list(client.studies()) == []
    assert time.monotonic() - begun >= 1
    assert len(proxy.seen) == 2


def test_other_failures_are_raised_at_once_or_after_the_last_attempt(client, proxy):
    proxy.faults = ["500"]
    with pytest.raises(EvalsiteError, match=r"^500"):
        client.study("harbour")
    proxy.faults = ["lose"] * 4
    with pytest.raises(EvalsiteError, match="No answer") as raised:
        client.study("harbour")
    assert (raised.value.status, raised.value.code) == (0, "no_answer")
    assert (len(proxy.seen), proxy.faults) == (5, [])


def test_problems_of_the_site(client):
    with pytest.raises(EvalsiteError) as raised:
        client.study("nowhere")
    assert (raised.value.status, raised.value.title, raised.value.code) == (404, "Not Found", "not_found")
    with pytest.raises(EvalsiteError) as raised:
        client.save_study("slug: harbour\ntitle: [\n")
    (fault,) = raised.value.errors
    assert (raised.value.status, raised.value.code) == (422, "invalid_input")
    assert set(fault) == keys(evalsite_client.Fault)
    assert fault["line"]
    assert f"study.yaml:{fault['line']}:" in str(raised.value)


def test_a_study_from_draft_to_closed(client, tmp_path):
    study = factories.make_study(tmp_path, state="draft")
    assert set(client.study(study.slug)) == keys(evalsite_client.Study)
    with pytest.raises(EvalsiteError) as raised:
        client.open(study.slug)
    assert (raised.value.status, raised.value.code) == (409, "wrong_state")
    for finding in client.findings(study.slug):
        assert set(finding) == keys(evalsite_client.Finding)
    for warning in client.warnings(study.slug):
        assert set(warning) == keys(evalsite_client.StudyWarning)
    assert set(client.accept_findings(study.slug, "In all systems.")) == keys(evalsite_client.Accepted)
    assert client.freeze(study.slug)["state"] == "frozen"
    assert set(client.freezing(study.slug)) == keys(evalsite_client.Freezing)
    assert client.open(study.slug)["state"] == "open"
    (person,) = client.invite_raters(study.slug, [{"name": "Rater 1", "languages": ["en"]}])["raters"]
    assert set(person) == keys(evalsite_client.InvitedRater)
    assert len(client.enrol_raters(study.slug, 2, languages=["en"])["raters"]) == 2
    raters = list(client.raters(study.slug))
    assert len(raters) == 3
    assert set(raters[0]) == keys(evalsite_client.Rater)
    watch = client.watch(study.slug)
    assert (set(watch), watch["seats"]["taken"]) == (keys(evalsite_client.Watch), 3)
    with pytest.raises(TimeoutError):
        client.wait_until_judged(study.slug, timeout=0)
    assert client.pause(study.slug)["state"] == "paused"
    assert client.close_study(study.slug)["state"] == "closed"
    assert [each["slug"] for each in client.studies(state="closed", archived=False)] == [study.slug]
    with pytest.raises(EvalsiteError) as raised:
        list(client.reports(study.slug))
    assert (raised.value.status, raised.value.code) == (403, "sealed")


def test_results_are_streamed_to_files(client, proxy, tmp_path):
    study: Study = factories.make_unblinded(tmp_path / "study", report=True)
    (listed,) = client.reports(study.slug, state="done")
    report = client.report(study.slug, listed["code"])
    assert set(report) == keys(evalsite_client.Report)
    assert report["results"]["win_rates"]
    assert client.wait_until_unblinded(study.slug, timeout=1)["state"] == "unblinded"
    assert "judgments" in client.tables(study.slug)
    proxy.faults = ["cut", "503"]
    file = client.download_table(study.slug, "judgments", tmp_path / "judgments.csv")
    with file.open(newline="", encoding="utf-8-sig") as lines:
        assert list(csv.DictReader(lines)) == list(client.table_rows(study.slug, "judgments"))
    page = client.download_report_file(study.slug, listed["code"], "report.md", tmp_path / "report.md")
    assert page.read_text().startswith("# ")
    with pytest.raises(EvalsiteError, match=r"^404"):
        client.download_table(study.slug, "secrets", tmp_path / "secrets.csv")
    assert sorted(each.name for each in tmp_path.iterdir() if each.is_file()) == [
        "judgments.csv",
        "report.md",
    ]


def test_waiting_ends():
    answers = iter(range(5))
    assert wait(lambda: next(answers), lambda answer: answer == 3, timeout=5, shortest=0.001) == 3
    with pytest.raises(TimeoutError, match=r"not done after 0\.05 seconds: 'waiting'"):
        wait(lambda: "waiting", lambda _answer: False, timeout=0.05, shortest=0.01)


def test_webhooks_are_verified():
    with receiver() as box:
        endpoint, first = endpoints.add_endpoint(
            team=only_team(), url=box.url, events=["study.closed"], by="ola"
        )
        second = endpoints.rotate_secret(endpoint, by="ola")
        outbox.emit(endpoint.team_id, "study.closed", {"study": "harbour"})
        assert outbox.deliver_due() == 1
    (message,) = box.messages
    for secret in (first, second):
        assert verify_webhook(secret, message.headers, message.body)["data"] == {"study": "harbour"}
    verify_webhook(
        first, {name.title(): value for name, value in message.headers.items()}, message.body.encode()
    )
    other = endpoints.rotate_secret(endpoint, by="ola")
    old = message.headers | {"webhook-timestamp": str(int(message.headers["webhook-timestamp"]) - 301)}
    unsigned = {name: value for name, value in message.headers.items() if name != "webhook-signature"}
    for given in (
        (other, message.headers, message.body),
        (first, message.headers, message.body.replace("harbour", "other")),
        (first, old, message.body),
        (first, unsigned, message.body),
        (first, message.headers | {"webhook-signature": "v1,é v2,x"}, message.body),
    ):
        with pytest.raises(WebhookError):
            verify_webhook(*given)
