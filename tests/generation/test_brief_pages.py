"""Briefs in the browser: what is typed is what a file would give; what is in use stands."""

from dataclasses import replace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from annotations import freezing
from evalsite.core.errors import InputErrors
from evalsite.core.models import AuditEvent
from generation.briefs.files import brief_of, brief_yaml, read_brief
from generation.briefs.warnings import warnings_of
from generation.models import Brief, Series
from generation.services import store_briefs, store_system
from tests.factories import add_script, make_study
from tests.generation.conftest import BRIEFS, fake, planned

ALL = "/generation/briefs/"
NEW = f"{ALL}new/"
SCENE = "INT. LOFT - DAY\n\nDust.\n\nKESTREL\nYou can't.\n"
FILES = sorted(BRIEFS.glob("*/*.yaml"))


def typed(content, **other):
    """The fields of the form for a brief, typed as a browser sends them."""
    fields = {
        "series": "",
        "series_title": content["series"]["title"],
        "series_slug": content["series"]["slug"],
        "series_language": content["language"],
        "expected": "",
        **{key: str(content[key]) for key in ("slug", "order", "target_length")},
        **{
            key: content[key].replace("\n", "\r\n") + "\r\n"
            for key in ("outline", "previous_context", "guideline")
        },
    }
    for number, each in enumerate(content["characters"]):
        fields |= {f"name-{number * 2}": f" {each['name']}", f"profile-{number * 2}": each["profile"]}
    return {**fields, "save": "1", **other}


@pytest.fixture
def content():
    return read_brief(BRIEFS / "en/car-two.yaml").content()


def page(answer):
    return answer.content.decode()


@pytest.mark.parametrize("path", [FILES[0], FILES[-1]], ids=lambda path: path.stem)
def test_what_is_typed_is_what_the_file_gives(admin, path):
    spec = read_brief(path)
    answer = admin.post(NEW, typed(spec.content()))
    assert (answer.status_code, answer.url) == (303, f"{ALL}{spec.slug}/")
    brief = Brief.objects.get()
    assert brief.content() == spec.content()
    assert [stored.outcome for stored in store_briefs([spec])] == ["unchanged"]
    assert AuditEvent.objects.get(about=spec.slug).who == "ada"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_download_is_a_file_that_gives_the_brief_back(path, tmp_path):
    content = read_brief(path).content()
    odd = {**content, "outline": "a: b # c\n\n  - \u2028x", "guideline": "", "previous_context": "---"}
    for number, each in enumerate((content, odd)):
        copy = tmp_path / f"{number}.yaml"
        copy.write_text(brief_yaml(each))
        assert read_brief(copy).content() == each


def test_the_download_goes_up_again(admin, en_brief):
    text = admin.get(f"{ALL}{en_brief.slug}/brief.yaml").content
    other = text.replace(f"slug: {en_brief.slug}".encode(), b"slug: other", 1)
    files = [SimpleUploadedFile("a.yaml", text), SimpleUploadedFile("b.yaml", other)]
    answer = admin.post(f"{ALL}upload/", {"files": files}, follow=True)
    assert f"{en_brief.slug} (unchanged), other (new)" in page(answer)
    assert Brief.objects.count() == 2


def test_a_faulty_upload_says_where_and_takes_nothing(admin, content):
    good, bad = brief_yaml(content).encode(), b"slug: Bad Slug\norder: x\n"
    files = [SimpleUploadedFile("good.yaml", good), SimpleUploadedFile("../bad.yaml", bad)]
    answer = admin.post(f"{ALL}upload/", {"files": files})
    assert answer.status_code == 422
    assert "<code>bad.yaml:1</code>" in page(answer)
    assert "/tmp" not in page(answer)
    assert not Brief.objects.exists()
    assert "No file chosen." in page(admin.post(f"{ALL}upload/"))


BAD = [
    ({"slug": "Bad Slug"}, "Use lower-case letters", {"slug": "Bad Slug"}),
    ({"slug": "new"}, "This slug is reserved. Use another one.", {"slug": "new"}),
    ({"order": "0"}, "greater than or equal to 1", {"order": 0}),
    ({"target_length": "19"}, "greater than or equal to 20", {"target_length": 19}),
    ({"outline": " \n"}, "This field is required", {"outline": " \n"}),
    ({"outline": "x" * 10_001}, "at most 10000 characters", {"outline": "x" * 10_001}),
    (
        {"series_title": ""},
        "Enter a title for the new series, or choose an existing series.",
        {"series": {"slug": "a", "title": ""}},
    ),
    ({"name-0": ""}, "Enter a name.", {"characters": [{"name": "", "profile": "p"}]}),
    (
        {"name-2": "Tamsin Pell"},
        "This name is used above.",
        {"characters": [{"name": "Tamsin Pell", "profile": "p"}] * 2},
    ),
    ({"profile-0": "x" * 5_001}, "now 5001", {"characters": [{"name": "A", "profile": "x" * 5_001}]}),
]


@pytest.mark.parametrize(("change", "said", "value"), BAD, ids=lambda each: "")
def test_form_and_file_refuse_alike_and_nothing_typed_is_lost(admin, content, change, said, value):
    with pytest.raises(InputErrors):
        brief_of({**content, **value})
    answer = admin.post(NEW, typed(content, **change))
    html = page(answer)
    assert answer.status_code == 422
    assert said in html
    assert "shaved, has laid the tea" in html
    assert "trusts the voice of Renata Kubiak" in html
    assert not Brief.objects.exists()


def test_control_characters_are_refused(admin, content):
    html = page(admin.post(NEW, typed(content, outline="a\x07b", **{"profile-0": "c\x00d"})))
    assert html.count("Remove the control character.") == 2


def test_no_characters_no_brief(admin, content):
    html = page(admin.post(NEW, typed({**content, "characters": []})))
    assert "Add at least one character." in html


def test_series_place_and_short_name_may_be_left_to_the_site(admin, en_brief, content):
    left = {
        "slug": "",
        "order": "",
        "series_slug": "",
        "series": en_brief.series.slug,
        "series_language": "zh",
    }
    admin.post(NEW, typed(content, **left))
    made = Brief.objects.latest("pk")
    place = en_brief.order + 1
    assert (made.order, made.slug) == (place, f"{en_brief.series.slug}-{place}")
    assert (made.series, made.language) == (en_brief.series, "en")
    admin.post(
        NEW, typed(content, slug="", order="", series_slug="", series_title="潮水", series_language="zh")
    )
    assert Series.objects.latest("pk").slug == "series-1"
    assert Brief.objects.latest("pk").slug == "series-1-1"


def test_rows_come_and_go_without_javascript(admin, content):
    html = page(admin.post(NEW, typed(content, add="1", slug="Not Yet Good")))
    assert "Not saved." not in html
    assert 'value="Not Yet Good"' in html
    # Three people and three spare rows; then the second of them is removed.
    assert html.count("data-row>") == 6
    html = page(admin.post(NEW, typed(content, remove="2")))
    assert 'value="Tamsin Pell"' in html.replace('value=" Tamsin', 'value="Tamsin')
    assert "Renata Kubiak, the night dispatcher" in html
    assert 'value=" Renata Kubiak"' not in html
    assert html.count("data-row>") == 4
    for none in ("²", "9" * 5000):
        assert page(admin.post(NEW, typed(content, remove=none))).count("data-row>") == 5
    assert not Brief.objects.exists()


def test_a_preview_stores_nothing_and_shows_what_is_sent(admin, content):
    html = page(
        admin.post(NEW, typed({**content, "outline": "INT. DESK - NIGHT\n\nOtto Finch waits."}, preview="1"))
    )
    assert "This is a preview. It isn't saved yet; the form is below." in html
    assert "user message" in html
    assert "looks like a scene heading" in html
    assert "not among the characters: Otto Finch" in html
    assert not Brief.objects.exists()


def test_warnings_keep_to_the_guides():
    people = [{"name": "林晓", "profile": "字" * 801}]
    long = {"language": "zh", "outline": "林晓走了。", "previous_context": "字" * 401, "characters": people}
    assert [each.field for each in warnings_of(long)] == ["previous_context", "characters"]
    people[0]["profile"], long["previous_context"] = "字" * 800, "字 \n" * 400
    assert warnings_of(long) == []
    assert [each.field for each in warnings_of({**long, "outline": "林晓等林母。"}, ["林母"])] == [
        "characters"
    ]


def test_the_examples_raise_no_warning():
    assert [warnings_of(read_brief(path).content()) for path in FILES] == [[]] * len(FILES)


def test_a_free_brief_is_changed_and_the_trail_says_what(admin, en_brief):
    address = f"{ALL}{en_brief.slug}/edit/"
    assert "data-row>" in page(admin.get(address))
    change = typed(en_brief.content(), guideline="End on the log.", expected=en_brief.digest, slug="ignored")
    change["series"] = en_brief.series.slug
    assert admin.post(address, change).status_code == 303
    en_brief.refresh_from_db()
    assert en_brief.guideline == "End on the log."
    event = AuditEvent.objects.get(verb="load brief (changed)")
    assert (event.who, event.about, event.detail["changed"]) == ("ada", en_brief.slug, ["guideline"])
    # The same form sent again: it was opened before the change.
    answer = admin.post(address, {**change, "guideline": "Otherwise."})
    assert answer.status_code == 409
    assert "Someone else has changed this brief. Reopen it to see the latest version." in page(answer)
    assert "Otherwise." in page(answer)


def test_a_brief_of_a_run_is_copied_and_not_changed(admin, en_brief):
    planned(en_brief, fake())
    slug = en_brief.slug
    answer = admin.post(
        f"{ALL}{slug}/edit/", typed(en_brief.content(), outline="Other.", expected=en_brief.digest)
    )
    assert answer.status_code == 409
    assert "New version" in page(answer)
    html = page(admin.get(f"{NEW}?from={slug}"))
    assert f'value="{slug}-2"' in html
    copy = typed({**en_brief.content(), "slug": f"{slug}-2"}, series=en_brief.series.slug)
    assert admin.post(NEW, copy).status_code == 303
    assert "has the same scene number. A study uses only one of them." in page(admin.get(f"{ALL}{slug}-2/"))


def test_scripts_and_frozen_studies_hold_a_brief_as_it_is(admin, en_brief, tmp_path):
    spec = read_brief(BRIEFS / "en" / f"{en_brief.slug}.yaml")
    system = store_system(slug="people", name="People", kind="human")
    add_script(brief=en_brief, system=system, text=SCENE)
    with pytest.raises(InputErrors, match="scripts were written for it"):
        store_briefs([replace(spec, outline="Other.")], alone=True)
    study = make_study(tmp_path, slug="pier", systems=("marrow", "people"), state="draft")
    freezing.freeze(study=study, by="test", nonce="0")
    html = page(admin.get(f"{ALL}scene-en-1/"))
    assert f"/studies/{study.slug}/" in html
    assert "Frozen in study" in html
    assert admin.get(f"{ALL}scene-en-1/edit/").status_code == 409


def test_only_what_nothing_hangs_on_is_deleted(admin, en_brief, tmp_path):
    make_study(tmp_path, state="draft")
    assert "It can't be deleted because it is used by:" in page(admin.get(f"{ALL}scene-en-1/delete/"))
    admin.post(f"{ALL}scene-en-1/delete/")
    assert Brief.objects.filter(slug="scene-en-1").exists()
    assert "Delete brief" in page(admin.get(f"{ALL}{en_brief.slug}/delete/"))
    assert admin.post(f"{ALL}{en_brief.slug}/delete/").status_code == 303
    assert not Brief.objects.filter(slug=en_brief.slug).exists()
    assert AuditEvent.objects.get(verb="delete brief").about == en_brief.slug


def test_the_list_is_by_series_and_filtered(researcher, en_brief, zh_brief):
    html = page(researcher.get(ALL))
    assert en_brief.slug in html
    assert zh_brief.series.title in html
    html = page(researcher.get(f"{ALL}?language=zh&series=none"))
    assert f"/briefs/{zh_brief.slug}/" in html
    assert f"/briefs/{en_brief.slug}/" not in html


@pytest.mark.parametrize("query", ["?series=%00", "?page=x", "?language=%00"])
def test_odd_choices_show_all(researcher, en_brief, query):
    assert en_brief.slug in page(researcher.get(ALL + query))


def test_a_copy_of_what_is_not_there_is_404(admin):
    assert [admin.get(f"{NEW}?from={slug}").status_code for slug in ("none", "%00")] == [404, 404]


def test_a_researcher_is_offered_no_change(researcher, en_brief):
    html = page(researcher.get(f"{ALL}{en_brief.slug}/"))
    assert "/edit/" not in html
    assert "/delete/" not in html


def test_the_preview_has_the_order_of_the_rater_page(researcher):
    store_briefs([read_brief(BRIEFS / "en/car-two.yaml")])
    body = page(researcher.get(f"{ALL}car-two/"))
    places = [
        body.index(f"<h3>{name}</h3>")
        for name in ("What happened before", "Outline", "Guideline", "Characters")
    ]
    assert places == sorted(places)


def test_the_list_can_be_searched(researcher):
    store_briefs([read_brief(path) for path in FILES])
    body = page(researcher.get(f"{ALL}?q=car-two"))
    assert f"{ALL}car-two/" in body
    assert body.count('class="small muted brief-first"') == 1
    assert "Clear filters" in page(researcher.get(f"{ALL}?q=no-such-brief"))
