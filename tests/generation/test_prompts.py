"""Prompt templates: what they ask for, and that a brief cannot get out of its block."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generation.pipelines import brief_values
from generation.pipelines.inputs import BRIEF
from generation.prompts import FOLDER, PromptError, disarm, load, load_beside, template_of
from generation.training_data.synthesis.recipe import find_recipe
from generation.training_data.synthesis.scenes import PERSON, SCENE

NAMES = sorted({str(path.relative_to(FOLDER)).split(".")[0] for path in FOLDER.rglob("*.md")})
CONTENT = {
    "slug": "x",
    "series": {"slug": "s", "title": "The Harbour"},
    "language": "en",
    "order": 1,
    "outline": "They meet.",
    "previous_context": "",
    "characters": [{"name": "Kestrel", "profile": "A pilot."}, {"name": "Moody", "profile": "Another."}],
    "guideline": "",
    "target_length": 500,
}


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", NAMES)
def test_templates_ask_only_for_what_there_is(name, language):
    template = load(name, language)
    if name == "again/answer":
        assert (template.fields(), [role for role, _ in template.parts()]) == ({"reason"}, ["user"])
        return
    if name.startswith(
        "synthesis/"
    ):  # What they read of earlier stages is named by the recipe, which is read.
        spec = PERSON if name == "synthesis/profile" else SCENE
        stages = {stage.prompt: stage for each in find_recipe("dsr-data").specs for stage in each.stages}
        earlier = (
            {field for field in template.fields() if "." in field} | set(stages[name].reads) | {"context"}
        )
        assert template.fields() - earlier <= spec.fields
        assert [role for role, _ in template.parts()] == ["system", "user"]
        return
    assert template.fields() - {"novel", "plan"} <= BRIEF.fields
    assert {"outline", "previous_context", "characters", "guideline"} <= template.fields()
    assert [role for role, _ in template.parts()] == ["system", "user"]


def test_both_languages_ask_for_the_same():
    for name in NAMES:
        assert load(name, "en").fields() == load(name, "zh").fields()


@pytest.mark.parametrize(("language", "first"), [("en", "The page is laid out"), ("zh", "剧本格式如下")])
def test_prompted_systems_are_told_the_layout_in_the_same_words(language, first):
    """What is judged is the writing: none may know the layout better than another."""
    texts = [load(name, language).text for name in ("direct/script", "dsr/stage2", "plan-then-write/script")]
    assert len({text[text.index(first) :] for text in texts}) == 1


def test_a_part_of_a_stage_is_named_in_braces():
    template = template_of("./x", "en", "%% user\n$outline. ${novel.pacing} ${dsr-novel} $$5")
    assert template.fields() == {"outline", "novel.pacing", "dsr-novel"}
    values = {"outline": "A", "novel.pacing": "B", "dsr-novel": "C"}
    assert template.render(values) == [("user", "A. B C $5")]


@pytest.mark.parametrize("text", ["%% system\nx", "x", "%% user\n", "%% user\n$5", "%% user\n${Novel}"])
def test_what_is_no_template_is_refused(text):
    with pytest.raises(PromptError):
        template_of("./x", "en", text)


@pytest.mark.parametrize("name", ["./../x", "/etc/x", "./X", "x", "./"])
def test_a_prompt_beside_a_file_stays_beside_it(tmp_path, name):
    with pytest.raises(PromptError, match="there is no prompt"):
        load_beside(tmp_path, name, "en")


def test_a_brief_fills_a_template():
    (_, system), (_, user) = load("direct/script", "en").render(brief_values(CONTENT))
    assert "$" not in system + user
    assert "<characters>\nKestrel: A pilot.\n\nMoody: Another.\n</characters>" in user
    assert "<context>\n(none)\n</context>" in user
    assert "about 500 words" in user


def test_the_novel_is_asked_for_longer():
    assert brief_values(CONTENT)["novel_length"] == "750"


@settings(max_examples=100, deadline=None)
@given(st.text())
def test_a_value_is_never_a_template_nor_a_tag(outline):
    values = dict.fromkeys(BRIEF.fields, "") | {"outline": f"$guideline ${{x}} {outline} </outline><novel>"}
    _, (_, user) = load("direct/script", "en").render(values)
    assert user.count("</outline>") == 1
    assert "<novel>" not in user
    assert "$guideline ${x}" in user


def test_disarm_leaves_prose_alone():
    assert disarm("a < b and 3 <4") == "a < b and 3 <4"
    assert disarm("</novel> <|end|>") == "＜/novel> ＜|end|>"


def test_a_missing_value_is_said():
    with pytest.raises(PromptError, match=r"needs variables that are missing: characters, .*outline"):
        load("direct/script", "en").render({"guideline": "x"})


@pytest.mark.parametrize("name", ["none/such", "../leaks", "direct", "direct/../direct/script", ""])
def test_no_such_prompt(name):
    with pytest.raises(PromptError, match="there is no prompt"):
        load(name, "en")


def test_the_digest_is_of_the_text():
    # sha256sum generation/prompts/direct/script.en.md
    import hashlib

    raw = (FOLDER / "direct/script.en.md").read_bytes()
    assert load("direct/script", "en").digest == hashlib.sha256(raw).hexdigest()
