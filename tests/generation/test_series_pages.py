"""Series in the browser: the story's order, the title, and the names that raters read."""

from dataclasses import replace
from pathlib import Path

import pytest

from evalsite.core.models import AuditEvent
from generation.briefs.files import brief_yaml, read_brief
from generation.briefs.series_names import found_in
from generation.models import Script, Series
from generation.services import store_briefs, store_system
from tests.factories import add_script, make_study

BRIEFS = Path(__file__).resolve().parents[2] / "examples/briefs"
ALL = "/generation/series/"
PIER = f"{ALL}pier-en/"
NAMES = f"{PIER}names/"


@pytest.fixture
def draft(db, tmp_path):
    """A draft of two scenes of one series, whose one character is Orla, by two systems."""
    return make_study(tmp_path, state="draft", systems=("zarquonic", "people"), briefs=2)


def page(answer):
    return answer.content.decode()


def rows(*pairs, **other):
    fields = {}
    for number, (old, new) in enumerate(pairs):
        fields |= {f"from-{number}": old, f"to-{number}": new}
    return {**fields, "save": "1", **other}


def names():
    return Series.objects.get(slug="pier-en").names


def test_the_series_lists_its_scenes_in_story_order(admin, draft):
    html = page(admin.get(PIER))
    assert html.index("scene-en-1") < html.index("scene-en-2")
    assert "Longshore" in page(admin.get(ALL))


def test_names_are_stored_and_the_trail_has_before_and_after(admin, draft):
    admin.post(NAMES, rows(("Orla", "Maeve"), ("", "")))
    assert names() == [{"from": "Orla", "to": "Maeve"}]
    admin.post(NAMES, rows((" Orla ", "Nuala"), ("Longshore", "The Pier")))
    event = AuditEvent.objects.filter(verb="set names").first()
    assert (event.who, event.about) == ("ada", "pier-en")
    assert event.detail == {"before": ["Orla → Maeve"], "after": ["Orla → Nuala", "Longshore → The Pier"]}
    assert "<summary>Nuala</summary>" in page(admin.get("/generation/briefs/scene-en-1/"))
    html = page(admin.get(PIER))
    assert "The title becomes “The Pier”" in html
    # The draft was loaded without these names.
    assert "Reload them before freezing" in html
    assert "No names changed." in page(
        admin.post(NAMES, rows(("Orla", "Nuala"), ("Longshore", "The Pier")), follow=True)
    )


REFUSED = [
    ([("Orla", "")], "Fill in both names, or leave the row empty."),
    ([("Orla", "Orla")], "Both names are the same"),
    ([("Orla", "Maeve"), ("Orla", "Nuala")], "is replaced above."),
    ([("Orla", "Maeve"), ("Maeve", "Nuala")], "Maeve is replaced too"),
    # A cue in capitals would be MAEVE QUILL.
    ([("Orla", "Maeve Quill"), ("QUILL", "Dunne")], ", which is replaced too. Choose another name."),
    ([("Orla", "Maeve Quill"), ("Quill", "Dunne")], ", which is replaced too. Choose another name."),
    ([("Orla", "Orla Bell")], ", which is replaced too. Choose another name."),
    ([("Orla", "x" * 81)], "at most 80 characters"),
]


@pytest.mark.parametrize(("pairs", "said"), REFUSED, ids=lambda each: "")
def test_maps_that_would_not_be_clear_are_refused(admin, draft, pairs, said):
    answer = admin.post(NAMES, rows(*pairs))
    assert answer.status_code == 422
    assert said in page(answer)
    assert f'value="{pairs[0][0]}"' in page(answer)
    assert names() == []


def test_two_characters_cannot_get_one_name(admin, draft):
    brief = Series.objects.get(slug="pier-en").briefs.first()
    brief.characters = [*brief.characters, {"name": "Tove", "profile": "A pilot."}]
    brief.save()
    html = page(admin.post(NAMES, rows(("Orla", "Tove"))))
    assert "In scene-en-1, both Orla and Tove would become Tove" in html


def test_every_place_is_shown_and_no_system_is_named(admin, draft):
    html = page(admin.post(NAMES, rows(("Orla", "Maeve"), ("steps", "stairs"), ("Grimm", "x"), preview="1")))
    assert names() == []
    # A brief: the name of Orla, "steps" in outline and profile; a script: a cue, and "steps" once.
    assert "scene-en-1: 3 matches in the brief, 4 in its scripts" in html
    assert "Per script, highest first: 2, 2" in html
    assert "<del>Orla</del> <mark>Maeve</mark>" in html
    assert "She counts the <del>steps</del> <mark>stairs</mark> aloud" in html
    assert "Grimm doesn&#x27;t occur in any text" in html
    assert "zarquonic" not in html


def test_a_new_name_that_stands_there_already_is_warned_of(draft):
    series = Series.objects.get(slug="pier-en")
    brief = series.briefs.first()
    system = store_system(slug="people", name="People", kind="human")
    text = "INT. PIER - DAY\n\nMaeve waits. MAEVE waves. \ue0007\ue001\n"
    add_script(brief=brief, system=system, text=text)
    found = found_in(series, [{"from": "Orla", "to": "Maeve"}])
    assert found.hints == ("Maeve already occurs in 2 places. Is it another character?",)
    assert (found.scripts, found.looked_through) == (Script.objects.count(), 5)


def test_rows_are_added_without_javascript(admin, draft):
    html = page(admin.post(NAMES, rows(("Orla", "Maeve"), add="1")))
    assert html.count('name="from-') == 7
    assert names() == []


def test_the_title_stands_once_something_was_written(admin, draft, en_brief):
    assert "The title can't be changed" in page(admin.post(f"{PIER}title/", {"title": "The Pier"}))
    free = en_brief.series
    before = en_brief.digest
    address = f"{ALL}{free.slug}/title/"
    assert "Enter a one-line title of at most" in page(admin.post(address, {"title": " "}))
    assert admin.post(address, {"title": "Another"}).status_code == 303
    en_brief.refresh_from_db()
    assert en_brief.series.title == "Another"
    assert en_brief.digest != before
    assert AuditEvent.objects.get(verb="change title").detail["after"] == "Another"


def test_only_an_empty_series_is_deleted(admin, draft):
    admin.post(f"{PIER}delete/")
    assert Series.objects.filter(slug="pier-en").exists()
    Series.objects.create(slug="empty", title="Empty", language="en")
    assert admin.post(f"{ALL}empty/delete/").status_code == 303
    assert not Series.objects.filter(slug="empty").exists()


def test_a_researcher_is_offered_no_change(researcher, draft):
    assert "names/" not in page(researcher.get(PIER))
    assert researcher.get(f"{ALL}none/").status_code == 404


def test_aliases_are_edited_also_when_the_title_stands(admin, draft):
    answer = admin.post(f"{PIER}title/", {"aliases": " LS \n\nThe Shore\nLS\n"})
    assert answer.status_code == 303
    assert Series.objects.get(slug="pier-en").aliases == ["LS", "The Shore"]
    assert "LS, The Shore" in page(admin.get(PIER))
    assert AuditEvent.objects.get(verb="set aliases").detail == {"before": [], "after": ["LS", "The Shore"]}
    assert "too long" in page(admin.post(f"{PIER}title/", {"aliases": "x" * 300}))


def test_aliases_come_from_brief_files_and_go_back_into_them(db, tmp_path):
    whole = (BRIEFS / "en/car-two.yaml").read_text(encoding="utf-8")
    path = tmp_path / "car-two.yaml"
    path.write_text(whole.replace('Stand Clear"}', 'Stand Clear", aliases: [PSC]}'))
    spec = read_brief(path)
    assert spec.series_aliases == ("PSC",)
    brief = store_briefs([spec])[0].brief
    assert brief.series.aliases == ["PSC"]
    # A brief's digest is that of what systems get, and they get no alias.
    assert spec.content() == read_brief(BRIEFS / "en/car-two.yaml").content()
    again = tmp_path / "again.yaml"
    again.write_text(brief_yaml(brief.content(), brief.series.aliases))
    assert read_brief(again).series_aliases == ("PSC",)
    # Aliases of another file are added.
    assert store_briefs([replace(spec, series_aliases=("Clear",))])[0].brief.series.aliases == [
        "PSC",
        "Clear",
    ]
