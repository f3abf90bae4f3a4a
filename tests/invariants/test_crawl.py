"""Whole site: nothing that a rater can be given tells who wrote a script, or counts anything.

Systems, study, series and briefs are called by sentinel words, machines have sentinel names, and sequences
of the database start at 7,000,001, so that no key could be mistaken for a position.
"""

import itertools
from pathlib import Path

import pytest
import yaml
from django.db import connection
from django.urls import reverse

from annotations import freezing
from annotations.desk import seats, services
from annotations.desk.practice import damaged_side
from annotations.models import Entry, Rater, Study
from annotations.staff.studies import study_states
from annotations.staff.studies.loading import load_study
from evalsite.core.digests import text_digest
from generation.briefs.files import read_brief, read_script_file
from generation.models import Attempt, Brief, Job, Run, Script, Series, StageOutput, System
from generation.screenplay import measure, parse
from tests.factories import write_study
from tests.invariants.crawler import DESK, Crawler, Received, big_numbers, choices_of, own_form

pytestmark = pytest.mark.django_db

FIRST_ID = 7_000_001
STUDY = "wexlumorin"
SYSTEMS = ("qorvexilam", "tunnipawk", "zebbrolithe", "ghastrupine")
NAMES = {slug: f"Grumbeltarn {slug[:5].title()}wyst" for slug in SYSTEMS}
SERIES = {"en": "fropplequay", "zh": "dwindlehusk"}
MODEL = "sprocklaver-72b"
RUN_CODE = "znnkwrtplmvc"
BRIEFS = 3
WAY = {
    "sittings": {"pairs": 2, "break_minutes": 15},
    "pay": {"currency": "EUR", "per_pair": "12.50", "minutes": 20},
    "guess": {"when": "last", "scripts": 3},
    "debriefing": {"en": "Machines wrote some of it.", "zh": "其中一些由机器写成。"},
    "completion": {"code": "QUINCE", "url": "https://recruiter.example/done"},
    "prolific": True,
}
"""What else can lie on a rater's way."""


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """An open study in two languages whose scripts come from a run with stages, as a real one's would."""
    _raise_sequences()
    path = _write(tmp_path)
    _generate(tmp_path)
    study = load_study(path).study
    assert Script.objects.filter(job__isnull=False).count() == len(SYSTEMS) * BRIEFS * 2
    freezing.freeze(study=study, by="test")
    study_states.transition(study=study, verb="open", by="test")
    study.refresh_from_db()
    assert study.pk >= FIRST_ID
    return study


def _raise_sequences() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT schemaname, sequencename FROM pg_sequences")
        for schema, name in cursor.fetchall():
            cursor.execute(f'ALTER SEQUENCE "{schema}"."{name}" RESTART WITH {FIRST_ID}')


def _write(folder: Path) -> Path:
    """The files of a study whose every slug is a sentinel."""
    path = write_study(folder, slug=STUDY, systems=SYSTEMS, languages=("en", "zh"), briefs=BRIEFS, seats=10)
    study = yaml.safe_load(path.read_text())
    study["systems"] = [{"slug": slug, "name": NAMES[slug], "kind": "pipeline"} for slug in SYSTEMS]
    study["seats"].append({"reads": ["en", "zh"], "count": 2})
    study |= WAY | {
        "practice": {"briefs": "outside/*.yaml", "system": SYSTEMS[1], "damage": "cut", "pass": 1}
    }
    path.write_text(yaml.safe_dump(study, allow_unicode=True))
    _write_outside(folder)
    for file in sorted((folder / "briefs").glob("*.yaml")):
        brief = yaml.safe_load(file.read_text())
        old, brief["slug"] = brief["slug"], _brief(brief["language"], brief["order"])
        brief["series"]["slug"] = SERIES[brief["language"]]
        (folder / "scripts" / old).rename(folder / "scripts" / brief["slug"])
        file.write_text(yaml.safe_dump(brief, allow_unicode=True))
    return path


def _write_outside(folder: Path) -> None:
    """A brief to practise on in each language, by a sentinel, long enough for a part to be cut out."""
    (folder / "outside").mkdir()
    for language, series in SERIES.items():
        slug = _brief(language, 4)
        brief = {
            "slug": slug,
            "series": {"slug": f"{series}low", "title": {"en": "Elsewhere", "zh": "别处"}[language]},
            "language": language,
            "order": 1,
            "target_length": 100,
            "outline": {"en": "Two people wait.", "zh": "两个人在等。"}[language],
            "characters": [{"name": {"en": "ORLA", "zh": "阿罗"}[language], "profile": "."}],
        }
        (folder / "outside" / f"{language}.yaml").write_text(yaml.safe_dump(brief, allow_unicode=True))
        home = folder / "scripts" / slug
        home.mkdir()
        if language == "en":
            turns = [f"ORLA\nI have counted {n} lamps.\n\nBO\nThen count {n} more.\n" for n in range(1, 13)]
            (home / f"{SYSTEMS[1]}.fountain").write_text("INT. QUAY - NIGHT\n\n" + "\n".join(turns))
        else:
            turns = [f"阿罗：我已经数过第{n}盏灯了。\n阿白：那就再数一遍第{n}盏。\n" for n in range(1, 13)]
            (home / f"{SYSTEMS[1]}.txt").write_text("第1场 码头 夜 外\n\n" + "".join(turns))


def _brief(language: str, number: int) -> str:
    return f"{SERIES[language][::-1]}-{'abcd'[number - 1]}vunk"


def _generate(folder: Path) -> None:
    """Scripts as a run would have left them, with the run, its jobs and what the models answered."""
    run = Run.objects.create(code=RUN_CODE, frozen_settings={"model": MODEL}, digest="0" * 64)
    systems = {
        slug: System.objects.create(slug=slug, name=NAMES[slug], kind="pipeline", spec={"model": MODEL})
        for slug in SYSTEMS
    }
    for file in sorted((folder / "briefs").glob("*.yaml")):
        spec = read_brief(file)
        series, _ = Series.objects.get_or_create(
            slug=spec.series_slug, defaults={"title": spec.series_title, "language": spec.language}
        )
        content = spec.content()
        keys = ("slug", "language", "order", "outline", "previous_context", "characters", "guideline")
        brief = Brief.objects.create(
            series=series, target_length=spec.target_length, **{key: content[key] for key in keys}
        )
        for slug, system in systems.items():
            suffix = "fountain" if spec.language == "en" else "txt"
            text = read_script_file(folder / "scripts" / spec.slug / f"{slug}.{suffix}")
            _store(run, system, brief, text)


def _store(run: Run, system: System, brief: Brief, text: str) -> None:
    job = Job.objects.create(run=run, system=system, brief=brief, state="done")
    attempt = Attempt.objects.create(
        job=job, run=run, stage="write", number=1, prompt_digest="0" * 64, request={"model": MODEL}
    )
    StageOutput.objects.create(
        job=job, stage="write", attempt=attempt, text=text, digest=text_digest(text),
        model_asked=MODEL, model_answered=MODEL, sampling={}, finish_reason="stop",
    )  # fmt: skip
    Script.objects.create(
        brief=brief, system=system, text=text, digest=text_digest(text), language=brief.language, job=job,
        length=measure(parse(text, brief.language)).length,
    )  # fmt: skip


def crawl(study: Study, reads: list[str], language: str, *, ending: str) -> tuple[Crawler, Rater]:
    """One rater's whole way, with every detour that the pages offer."""
    enrolment = services.enrol(study=study, languages=reads)
    rater, browser = enrolment.rater, Crawler()
    link = reverse("rater-enter", args=[enrolment.secret])
    entry = browser.page("GET", link)
    browser.ask("POST", reverse("set_language"), {"language": language, "next": link})
    browser.ask("POST", reverse("display"), {"theme": "dark", "size": "large", "next": link})
    browser.page("POST", entry.path)
    _set_up(browser)
    _judge_all(browser, rater)
    browser.follow_all(link)
    for path in (
        "/",
        "/studies/",
        f"/studies/{study.slug}/",
        "/admin/",
        "/api/v1/",
        "/api/schema/",
        "/healthz",
    ):
        _outsider(browser, path, study)
    if ending == "withdraw":
        browser.page("GET", reverse("rater-withdraw"))
        browser.ask("POST", reverse("rater-withdraw"), {"what": "erase"})
        browser.follow_all(DESK)
    return browser, rater


def _outsider(browser: Crawler, path: str, study: Study) -> None:
    """What a rater gets who tries the staff's doors; the address that was typed comes back and is no news."""
    before = len(browser.answers)
    browser.ask("GET", path)
    if study.slug in path:
        del browser.answers[before:]


def _set_up(browser: Crawler) -> None:
    """Consent, profile and instructions, first sent wrongly, so that the page comes back with its faults."""
    page = browser.page("GET", DESK)
    assert page.path == reverse("rater-consent")
    assert 'role="alert"' in browser.ask("POST", page.path, {}).content.decode()
    page = browser.page("POST", page.path, {"agree": "on", "training_use": "on"})
    assert page.path == reverse("rater-profile")
    assert 'role="alert"' in browser.ask("POST", page.path, {"years": "x"}).content.decode()
    form = own_form(page)
    # Who worked on all there is would be shown nothing.
    answers = {
        name: one.options[-1:]
        for name, one in form.fields.items()
        if one.kind in ("radio", "checkbox") and name != "conflicts"
    }
    page = browser.page("POST", page.path, form.filled() | answers)
    assert page.path == reverse("rater-instructions")
    browser.page("POST", page.path)


def _judge_all(browser: Crawler, rater: Rater) -> None:
    """Every pair, by all that its page can do; one is skipped."""
    choices = itertools.cycle(["left", "tie", "right", "neither"])
    for number in range(30):
        page = browser.page("GET", DESK)
        if page.path == reverse("rater-done"):
            break
        if page.path == reverse("rater-break"):
            page = browser.page("POST", DESK, {"rested": "1"})
        if page.path in (reverse("rater-guess"), reverse("rater-debriefing")):
            browser.follow_all(page.path)
            browser.ask("POST", page.path, {"origin-1": "a ghost"})
            browser.ask("POST", page.path, {"origin-1": "machine", "confidence-1": "2"})
            continue
        form = own_form(page)
        token = form.fields["token"].chosen[0]
        answer = f"{page.path}answer/"
        browser.ask("GET", answer)
        for sent in (
            {"token": token, "revision": 0, "fields": {"choice-dialogue": "tie", "reason": "so"}},
            {"token": token, "revision": 0, "fields": {"choice-dialogue": "left"}},
            {"token": "wrong", "revision": 1, "fields": {}},
        ):
            browser.post_json(answer, sent)
        assert "data-errors" in browser.ask("POST", page.path, {"token": token}).content.decode()
        assert browser.ask("POST", page.path, {"token": "wrong"}).status_code == 400
        browser.ask("POST", page.path, {"token": token, "then": "pause", "reason": "a break"})
        assert 'role="alert"' in browser.ask("POST", f"{page.path}skip/", {"token": token}).content.decode()
        browser.follow_all(page.path)
        if (practised := rater.assignments.get(state="open").slot).phase == "practice":
            better = "right" if damaged_side(practised) == "left" else "left"
            sent = choices_of(own_form(browser.page("GET", page.path)), better)
            browser.follow_all(browser.page("POST", page.path, sent).path)
            browser.ask("POST", DESK)
        elif number == 1:
            browser.ask("POST", f"{page.path}skip/", {"token": token, "reason": "other"})
        else:
            sent = choices_of(own_form(browser.page("GET", page.path)), next(choices))
            assert browser.ask("POST", page.path, sent).status_code == 200
            browser.ask("POST", page.path, sent)
        browser.ask("GET", page.path)
        browser.ask("GET", answer)
        browser.post_json(answer, {"token": token, "revision": 9, "fields": {}})
    else:
        raise AssertionError("there was no end")
    assert services.progress(rater).finished


def sentinels() -> list[str]:
    briefs = [_brief(language, number) for language in SERIES for number in range(1, BRIEFS + 1)]
    return [STUDY, *SYSTEMS, *NAMES.values(), *SERIES.values(), *briefs, MODEL, RUN_CODE, "Grumbeltarn"]


WAYS = (
    (["en"], "en", "done"),
    (["zh"], "zh-hans", "withdraw"),
    (["en", "zh"], "zh-hans", "done"),
    (["en"], "en", "withdraw"),
)


@pytest.mark.slow
def test_a_crawl_of_all_that_raters_can_reach_finds_nothing(study: Study) -> None:
    crawls = [crawl(study, reads, language, ending=ending) for reads, language, ending in WAYS]
    strangers = [Crawler()]
    strangers[0].ask("GET", "/r/no-such-link-there-is/")
    strangers[0].ask("GET", DESK)
    shared = reverse("rater-shared", args=[seats.shared_link_key(study)])
    strangers[0].ask("GET", shared)
    strangers[0].ask("GET", f"{shared}?PROLIFIC_PID=onemore")
    # Others' pairs, and the pages of a study that pauses and has closed.
    for (browser, _), (_, other) in itertools.pairwise([*crawls, crawls[0]]):
        for assignment in other.assignments.all():
            _others(browser, assignment.code)
    for verb in ("pause", "open", "close"):
        study_states.transition(study=study, verb=verb, by="test")
        for browser, _ in crawls:
            browser.follow_all(DESK)

    browsers = [browser for browser, _ in crawls]
    pages = sum(len(browser.answers) for browser in browsers)
    assert pages > 100 * len(crawls)
    assert sum(
        answer.body.count('class="script ') for browser in browsers for answer in browser.answers
    ) > 12 * len(crawls)
    _no_sentinel([*browsers, *strangers])
    _no_number([*browsers, *strangers])
    _no_code_of_an_entry(study, crawls)
    _nothing_in_common(browsers)


def _others(browser: Crawler, code: str) -> None:
    """Another rater's pair is not there; the address that was typed does not count as received."""
    before = len(browser.answers)
    assert browser.ask("GET", reverse("assignment", args=[code])).status_code in (404, 410)
    browser.addresses.discard(reverse("assignment", args=[code]))
    answer = browser.answers[before]
    assert 'class="script ' not in answer.text
    del browser.answers[before:]


def _no_sentinel(browsers: list[Crawler]) -> None:
    found = {
        (word, answer.asked)
        for browser in browsers
        for answer in browser.answers
        for word in sentinels()
        if word.lower() in answer.text.lower()
    }
    assert found == set()


def _no_number(browsers: list[Crawler]) -> None:
    found = {
        (number, answer.asked)
        for browser in browsers
        for answer in browser.answers
        for number in big_numbers(f"{answer.asked}\n{answer.text}", FIRST_ID - 1)
    }
    assert found == set()


def _no_code_of_an_entry(study: Study, crawls: list[tuple[Crawler, Rater]]) -> None:
    """An entry's code is the same for all who see it, so nobody sees it; nor another rater's code. One's own
    stands on prints and on the statement for the invoice."""
    codes = set(Entry.objects.filter(study_brief__study=study).values_list("code", flat=True))
    codes |= set(study.raters.values_list("code", flat=True))
    practice = 2 * 3  # in each language a script, and damaged for either try
    assert len(codes) == len(SYSTEMS) * BRIEFS * 2 + practice + len(crawls)
    found = {
        code
        for browser, rater in crawls
        for answer in browser.answers
        for code in codes - {rater.code}
        if code in answer.text
    }
    assert found == set()


def _nothing_in_common(browsers: list[Crawler]) -> None:
    """Two raters share no code at all, by which they could tell that they were shown the same script."""
    for one, other in itertools.combinations(browsers, 2):
        assert one.tokens() & other.tokens() == set()
        assert len(one.tokens()) > 10


def test_the_crawl_would_find_what_it_looks_for() -> None:
    """The eyes of the test above are open."""
    assert list(big_numbers('<a href="/x/7000012/">7,000,001 7000001</a>', FIRST_ID - 1)) == [
        "7000012",
        "7000001",
    ]
    assert list(big_numbers('<i id="row7000012">', FIRST_ID - 1)) == ["7000012"]
    assert list(big_numbers('<i id="a_7000012">', FIRST_ID - 1)) != []
    assert list(big_numbers("token 4a7000012bc83 of 90 minutes, 2026-11-25, 6999999", FIRST_ID - 1)) == []
    browser = Crawler()
    browser.answers.append(Received("GET /", "", '<a href="/r/a/x7kq2mzpw9rt/">'))
    assert browser.tokens() == {"x7kq2mzpw9rt"}
