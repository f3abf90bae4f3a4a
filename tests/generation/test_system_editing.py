"""New systems and versions in the browser, and what only the operator may set."""

import re
from dataclasses import replace

import pytest

from evalsite.core.errors import InputErrors
from evalsite.core.models import AuditEvent, only_team
from generation.models import System
from generation.pipelines import find_system, read_system_text, system_yaml
from generation.services import store_system
from generation.systems.editing import EXAMPLE, add_system, read_text, versions_of

pytestmark = pytest.mark.django_db
NEW = "/generation/systems/new/"
FORM = {
    "slug": "direct-nine",
    "name_en": "Nine",
    "name_zh": "九号",
    "stages": "plan-then-write",
    "kind": "openai",
    "base_url": "http://127.0.0.1:8001/v1",
    "model": "maker/nine",
    "temperature": "0.4",
    "top_p": "",
    "max_tokens": "2000",
    "key": "",
    "step": "save",
}


def test_own_prompts_are_part_of_the_file():
    spec = find_system("direct")
    [stage] = spec.stages
    templates = tuple(
        replace(each, name="./mine", text=f"{each.text}More.\n") for each in stage.templates[:2]
    )
    changed = replace(
        spec, stages=(replace(stage, prompt="./mine", templates=(*templates, *stage.templates[2:])),)
    )
    text = system_yaml(changed)
    assert "prompts:\n  mine:" in text
    assert read_system_text(text) == changed


def test_it_works(admin, en_brief):
    page = admin.get(NEW)
    assert page.status_code == 200
    answer = admin.post(NEW, FORM)
    assert (answer.status_code, answer["Location"]) == (303, "/generation/systems/stored/direct-nine/")
    system = System.objects.get()
    assert (system.name, system.names, system.kind) == ("Nine", {"en": "Nine", "zh": "九号"}, "pipeline")
    stages = system.spec["stages"]
    assert [(each["model"], each["temperature"], each["top_p"], each["max_tokens"]) for each in stages] == [
        ("maker/nine", 0.4, None, 2000)
    ] * 2
    assert AuditEvent.objects.filter(verb="add system", about="direct-nine").exists()
    assert "direct-nine" in admin.get("/generation/new/").content.decode()
    again = admin.post(NEW, FORM)
    assert again.status_code == 422
    assert "This slug is taken." in again.content.decode()


def test_a_version_is_named_after_its_values_unless_its_name_was_edited(admin, en_brief):
    first = FORM | {"stages": "direct", "from": "file:direct", "version": "1"}
    named = {"name_en": "Direct generation", "name_zh": find_system("direct").names["zh"]}
    page = admin.get(f"{NEW}?from=file:direct&version=1").content.decode()
    assert "VLLM_BASE_URL" in page
    admin.post(NEW, first | named | {"slug": "direct-nine", "temperature": "0.6", "top_p": "0.9"})
    system = System.objects.get(slug="direct-nine")
    assert system.name == "Direct generation (maker/nine, temperature 0.6, max_tokens 2000)"
    page = admin.get(f"{NEW}?from=stored:direct-nine&version=1").content.decode()
    assert 'value="direct-nine-v2"' in page
    second = first | {"slug": "direct-nine-v2", "temperature": "0.9", "top_p": "0.9"}
    second |= {"from": "stored:direct-nine", "name_en": system.name, "name_zh": "改过的名称"}
    admin.post(NEW, second)
    system = System.objects.get(slug="direct-nine-v2")
    assert system.names == {
        "en": "Direct generation (maker/nine, temperature 0.9, max_tokens 2000)",
        "zh": "改过的名称",
    }
    shown = admin.get("/generation/systems/stored/direct-nine-v2/").content.decode()
    assert "Default address" in shown


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"slug": "Nine!"}, "Use lower-case letters"),
        ({"slug": "dsr"}, "This slug is taken."),
        ({"base_url": ""}, "This field is required."),
        ({"base_url": "localhost"}, "Enter an address such as"),
        ({"model": ""}, "This field is required."),
        ({"temperature": "9"}, "less than or equal to 2"),
        ({"key": "none-such"}, "not one of the available choices"),
    ],
)
def test_an_error_is_at_its_field(admin, more, message):
    page = admin.post(NEW, FORM | more)
    assert page.status_code == 422
    assert message in page.content.decode()
    assert not System.objects.exists()


def test_a_new_version_starts_from_the_old_one_and_shows_what_changed(admin):
    page = admin.get(f"{NEW}?from=file:direct&version=1").content.decode()
    assert 'value="direct-v2"' in page
    given = FORM | {"slug": "direct-v2", "stages": "direct", "from": "file:direct", "version": "1"}
    admin.post(NEW, given)
    third = admin.get(f"{NEW}?from=stored:direct-v2&version=1").content.decode()
    assert 'value="direct-v3"' in third
    assert 'value="maker/nine"' in third
    admin.post(NEW, given | {"slug": "direct-v3", "temperature": "0.9", "from": "stored:direct-v2"})
    versions = versions_of("direct", [only_team()])
    assert [each.row.spec.slug for each in versions] == ["direct", "direct-v2", "direct-v3"]
    shown = admin.get("/generation/systems/stored/direct-v2/").content.decode()
    assert re.search(r'diff-old">-\s+temperature: 0.4<', shown)
    assert re.search(r'diff-new">\+\s+temperature: 0.9<', shown)
    copy = admin.get(f"{NEW}?from=stored:direct-v2").content.decode()
    assert 'value="direct-copy"' in copy


def test_a_system_with_more_than_the_form_can_show_is_edited_as_text(admin):
    page = admin.get(f"{NEW}?from=file:dsr&version=1").content.decode()
    assert "<textarea" in page
    assert "slug: dsr-v2" in page
    text = admin.post(NEW, FORM | {"step": "text"}).content.decode()
    assert "slug: direct-nine" in text
    assert not System.objects.exists()


def test_errors_of_a_text_have_their_line_and_column(admin):
    wrong = EXAMPLE.replace("form: screenplay", "form: poem").replace("./script", "./missing")
    page = admin.post(NEW, {"text": wrong})
    assert page.status_code == 422
    body = page.content.decode()
    assert "Line 10, column 13:" in body
    assert "Line 11, column 11:" in body
    assert "form: poem" in body
    saved = admin.post(NEW, {"text": EXAMPLE})
    assert saved.status_code == 303
    system = System.objects.get()
    assert "Write one scene of about" in system.spec["stages"][0]["templates"][0]["text"]


def test_versions_never_change(admin):
    admin.post(NEW, FORM)
    before = System.objects.get()
    spec = find_system("plan-then-write")
    with pytest.raises(InputErrors, match="can't change"):
        store_system(
            slug="direct-nine", name="Other", kind="pipeline", spec=replace(spec, slug="direct-nine")
        )
    moved = replace(
        read_system_text(admin.get("/generation/systems/stored/direct-nine/system.yaml").content.decode())
    )
    moved = replace(moved, name="Other", backend=replace(moved.backend, base_url="http://127.0.0.1:9/v1"))
    store_system(slug="direct-nine", name="Other", kind="pipeline", spec=moved)
    after = System.objects.get()
    assert (after.name, after.digest) == (before.name, before.digest)
    with pytest.raises(InputErrors, match="is taken"):
        add_system(spec=moved, team=only_team())


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("  base_url:", "  key_env: SECRET_KEY\n  base_url:", "5:3: error: key_env can't be set"),
        ("  base_url: https", "  base_url_env: SECRET_KEY\n  base_url: https", "base_url_env can't be set"),
        ("kind: openai", "kind: vllm_engine\n  model_path: /etc", "folders of the server can't be set"),
        ("./script", "./../../etc/passwd", "there is no prompt"),
        ("model: my-model", "model: my-model\nlike: ./other", "there is no system ./other"),
        ("slug: my-system", "slug: direct", "the slug direct is taken"),
        ("https://api.example.com", "https://me:pw@api.example.com", "can't contain a user name or a key"),
    ],
)
def test_what_only_the_operator_may_set_is_refused(old, new, message):
    with pytest.raises(InputErrors) as refused:
        read_text(EXAMPLE.replace(old, new, 1), only_team())
    assert message in str(refused.value)
    assert "pw@" not in str(refused.value)


def test_a_copy_of_a_shipped_system_keeps_its_variable_but_not_at_another_address():
    text = system_yaml(replace(find_system("gpt"), slug="my-gpt"))
    assert read_text(text, only_team()).backend.key_env == "OPENAI_API_KEY"
    with pytest.raises(InputErrors, match="key_env can't be set in the browser"):
        read_text(text.replace("https://api.openai.com", "https://api.example.com"), only_team())


def test_internal_addresses_are_refused_unless_they_are_allowed(admin, settings):
    settings.ALLOW_INTERNAL_ADDRESSES = False
    assert "is on a private network" in admin.post(NEW, FORM).content.decode()
    with pytest.raises(InputErrors, match="private network"):
        read_text(EXAMPLE.replace("https://api.example.com", "http://10.0.0.1"), only_team())


def test_a_configured_key_fits_its_host(admin, keys_file):
    keys_file({"lab": ["https://api.example.com"]})
    page = admin.post(NEW, FORM | {"key": "lab"})
    assert "lab may only be sent to https://api.example.com" in page.content.decode()
    assert admin.post(NEW, FORM | {"key": "lab", "base_url": "https://api.example.com/v1"}).status_code == 303
    assert System.objects.get().spec["backend"]["key"] == "lab"


def test_the_list_can_be_searched(admin):
    page = admin.get("/generation/systems/?q=plan").content.decode()
    assert "/generation/systems/file/plan-then-write/" in page
    assert "/generation/systems/file/dsr/" not in page


def test_errors_of_a_yaml_file_are_shown_in_chinese(admin):
    admin.cookies["django_language"] = "zh-hans"
    text = EXAMPLE.replace("stages:", "languges: [en]\nstages:")
    page = admin.post(NEW, {"text": text}).content.decode()
    assert "此 YAML 中没有字段 languges。是否想写 languages？" in page
    assert "不是有效的 YAML" in admin.post(NEW, {"text": "[" * 101}).content.decode()
