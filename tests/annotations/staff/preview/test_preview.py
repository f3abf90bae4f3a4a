"""Staff: a draft as a rater will see it, without a seat and without a row."""

import re
from itertools import pairwise

import pytest
from django.apps import apps
from django.test import Client

from annotations import freezing
from annotations.models import Study
from annotations.staff.preview import preview
from annotations.staff.studies.loading import load_study
from tests.annotations.desk_files import EXTRAS, load_desk, write_desk
from tests.factories import make_study

pytestmark = pytest.mark.django_db
FEEDBACK = preview.ORDER.index(preview.FEEDBACK)
START = "/studies/night-bus/preview/"


@pytest.fixture
def draft(tmp_path) -> Study:
    return load_desk(tmp_path)


def counts() -> dict[str, int]:
    """Rows by table, without sessions."""
    models = [model for model in apps.get_models() if model._meta.app_label != "sessions"]
    return {model._meta.label: model.objects.count() for model in models}


def steps_of(client: Client, start: str = START) -> list[str]:
    page = client.get(start, follow=True).content.decode()
    bar = page[page.index('class="preview-steps"') : page.index("</ol>")]
    return re.findall(r'href="([^"]+)"', bar)


@pytest.mark.slow
def test_every_step_is_shown_and_nothing_is_stored(rae, draft):
    before = counts()
    steps = steps_of(rae)
    assert len(steps) == 11
    for address in steps:
        page = rae.get(address)
        text = page.content.decode()
        assert page.status_code == 200, address
        assert "Preview: nothing is stored." in text, address
        assert 'aria-current="step"' in text, address
        assert not re.search(r'(href|action)="/r/', text), "a link leads out of the preview"
        assert "rater" not in page.cookies
    assert counts() == before


def test_a_form_leads_to_the_next_step_and_stores_nothing(rae, draft):
    before, steps = counts(), steps_of(rae)
    for address, following in pairwise(steps[:4]):
        sent = rae.post(address, {"agree": "on"})
        assert (sent.status_code, sent["Location"]) == (303, following)
    pair = next(each for each in steps if "/r/a/pair" in each)
    sent = rae.post(f"{pair}skip/", {"reason": "x"}, headers={"Referer": f"http://testserver{pair}"})
    assert sent["Location"] == steps[steps.index(pair) + 1]
    saved = rae.post(
        f"{pair}answer/", {"revision": 3, "fields": {"reason": "so"}}, content_type="application/json"
    )
    assert saved.json() == {"revision": 4, "fields": {"reason": "so"}}
    assert counts() == before


def test_the_pair_is_rendered_as_freezing_renders_it_and_names_no_system(rae, tmp_path):
    study = make_study(
        tmp_path, state="draft", slug="harbour", systems=("zarquonic", "brimfold", "ostlerine")
    )
    pair = next(each for each in steps_of(rae, "/studies/harbour/preview/") if "/r/a/pair" in each)
    pages = [rae.get(pair).content.decode() for _turn in range(6)]
    shown = {tuple(re.findall(r'<p class="sp-dialogue[^>]*>(.*?)</p>', page, re.DOTALL)) for page in pages}
    assert len(shown) > 1, "pairs and sides are drawn by chance"
    freezing.freeze(study=study, by="test")
    from annotations.models import Entry

    stored = list(Entry.objects.filter(study_brief__study=study).values_list("html", flat=True))
    for page in pages:
        assert not re.search("zarquonic|brimfold|ostlerine", page)
        found = re.findall(r'<p class="sp-dialogue[^>]*>(.*?)</p>', page, re.DOTALL)
        assert all(any(line in html for html in stored) for line in found)


def test_only_the_seat_that_is_shown_is_drawn(rae, tmp_path, monkeypatch):
    file = write_desk(tmp_path)
    file.write_text(file.read_text().replace("count: 9", "count: 198"))
    load_study(file)
    drawn: list[int] = []

    def main_slots(given, seed, nonce):
        drawn.append(len(given.seats))
        return draw(given, seed, nonce)

    draw = preview.main_slots
    monkeypatch.setattr(preview, "main_slots", main_slots)
    assert rae.get(START, follow=True).status_code == 200
    assert drawn == [1]


def test_a_seat_with_something_to_show_is_found_where_few_briefs_have_scripts(rae, tmp_path):
    study = load_desk(tmp_path, "", design="{}")
    study.spec["design"] |= {"scheme": "balanced", "briefs_per_seat": 1}
    study.spec["materials"]["scripts"] |= {brief: {} for brief in ("garage", "harbour", "island")}
    Study.objects.update(spec=study.spec)
    for _turn in range(4):
        assert rae.get(START, follow=True).status_code == 200


def test_the_page_is_in_the_language_of_the_reader(rae, tmp_path):
    make_study(tmp_path, state="draft", slug="harbour", languages=("en", "zh"), briefs=2)
    rae.cookies["django_language"] = "zh-hans"
    pair = next(each for each in steps_of(rae, "/studies/harbour/preview/") if "/r/a/pair" in each)
    page = rae.get(pair).content.decode()
    assert "预览" in page
    assert "再来一级" in page
    sent = rae.post("/studies/harbour/preview/language/", {"language": "en"})
    assert (sent.status_code, sent["Location"]) == (307, "/language/")


def test_a_study_of_single_scripts(rae, tmp_path):
    file = write_desk(tmp_path, "", design="{kind: single}")
    file.write_text(file.read_text().replace("criteria: [overall, dialogue]\n", "score: true\n"))
    load_study(file)
    for address in steps_of(rae):
        assert rae.get(address).status_code == 200, address


def test_only_drafts_have_a_preview_and_only_for_staff(rae, tmp_path, draft):
    make_study(tmp_path / "frozen", slug="harbour")
    assert rae.get("/studies/harbour/preview/")["Location"] == "/studies/harbour/"
    assert Client().get(START).status_code == 302
    assert rae.get(f"{START}r/no/such/page/").status_code == 404


def test_what_hinders_the_preview_has_a_link(rae, draft):
    from generation.models import Brief

    Brief.objects.filter(slug="depot").update(outline="Another night.")
    Brief.objects.filter(slug="depot").update(digest="0" * 64)
    page = rae.get(START, follow=True)
    assert page.status_code == 409
    text = page.content.decode()
    assert "Brief depot has changed since the study was saved." in text
    assert 'href="/studies/new/file/?study=night-bus"' in text


def test_a_break_that_never_comes_is_neither_shown_nor_announced(rae, draft):
    address = next(each for each in steps_of(rae) if "break" in each)
    assert "Time for a break" in rae.get(address).content.decode()
    spec = draft.spec
    Study.objects.update(spec=spec | {"sittings": {"pairs": 50, "break_minutes": 15}})
    steps = steps_of(rae)
    assert not any("break" in each for each in steps)
    for each in steps[:4]:
        page = rae.get(each).content.decode()
        assert "No break page: a break comes after 50 pairs" in page
        assert "-minute break after every" not in page


def test_no_other_address_is_redirected_to(rae, draft):
    for rest in ("/evil.example/x", "admin/", "studies/"):
        assert rae.get(f"/studies/{draft.slug}/preview/{rest}").status_code == 404
    assert rae.post(f"/studies/{draft.slug}/preview/language/").status_code == 307


def test_one_right_answer_that_passes_practice_shows_the_page_of_a_pass(rae, tmp_path):
    two = "briefs: [outside/larder.yaml, outside/market.yaml], pass: 2"
    extras = EXTRAS.replace(two, "briefs: [outside/larder.yaml], pass: 1")
    load_desk(tmp_path, extras)
    page = rae.get(steps_of(rae)[FEEDBACK]).content.decode()
    assert "That was the last practice pair." in page
    assert "Start the next round" not in page


def test_the_end_counts_the_pay_for_practice(rae, tmp_path):
    load_desk(tmp_path, EXTRAS.replace("tries: 2}", "tries: 2, pay: 1.50}"))
    page = rae.get(steps_of(rae)[-1]).content.decode().replace("\xa0", " ")
    pairs = int(re.search(r"You have judged (\d+) of", page)[1])
    assert f"You have earned EUR {pairs * 12.5 + 2 * 1.5:.2f}." in page
