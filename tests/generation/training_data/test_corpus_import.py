"""Importing works: all or none, every fault with its place, nothing lost, scenes cut and counted."""

import re
import shutil
from io import StringIO
from pathlib import Path

import pytest
import yaml
from django.core.management import call_command

from evalsite.core.digests import json_digest
from evalsite.core.errors import InputErrors
from evalsite.core.models import last_detail
from generation.briefs.services import InUse
from generation.models import Run, Series
from generation.training_data.corpus.cutting import names_in, speakers_of
from generation.training_data.corpus.services import delete_work, import_folder, standing_of
from generation.training_data.corpus.similar_scenes import Index, signature_of_text
from generation.training_data.models import Scene, Work
from generation.training_data.synthesis.choosing import choose, works_of
from generation.training_data.synthesis.recipe import FilterSpec
from tests.generation.training_data.material import EXAMPLES

SAMPLE = Path(__file__).parents[3] / "examples" / "corpus"
ENTRY = """  - file: {file}
    series: {{slug: {series}, title: {title}}}
    title: {title} {order}
    order: {order}
    language: {language}
    rights: train
    credit: invented
"""


def folder_of(path: Path, *entries: dict[str, object], head: str = "works:\n") -> Path:
    base = {"series": "quay", "title": "The Quay", "order": 1, "language": "en"}
    text = head + "".join(ENTRY.format(**{**base, **each}) for each in entries)
    (path / "corpus.yaml").write_text(text)
    return path


def scene(number: int, words: str) -> str:
    return f"INT. ROOM {number} - DAY\n\n{words}\n\nORLA\nThen it is {words.split()[0]}.\n\n"


@pytest.mark.django_db
def test_the_sample_is_imported_once_whole_and_shows_every_reason_for_leaving_out() -> None:
    first = import_folder(SAMPLE, by="rae")
    assert (first.works, first.scenes, first.known, first.alike) == (11, 46, 0, 1)
    assert not first.warnings
    assert set(Work.objects.values_list("format", flat=True)) == {"fountain", "plain", "docx", "fdx"}
    again = import_folder(SAMPLE)
    assert (again.works, again.scenes, again.known, again.slugs) == (0, 0, 11, first.slugs)
    work = Work.objects.get(slug="salt-road-1")
    assert work.digest == json_digest(list(work.scenes.values_list("digest", flat=True)))
    source = (SAMPLE / "salt-road" / "1-the-crossing.fountain").read_text()
    words = re.findall(r"\w+", " ".join(work.scenes.values_list("text", flat=True)))
    assert words == re.findall(r"\w+", source), "every word of the file stands in a scene, in its order"
    like = Scene.objects.get(like__isnull=False)
    assert (like.about, like.like.about) == ("half-past-four-3/2", "half-past-four-1/2")
    reasons = {
        str(Scene.objects.get(pk=each.key).about): each.left_out
        for each in choose(works_of([]), FilterSpec(length={"en": (60, 2500), "zh": (100, 4000)}))
        if each.left_out
    }
    assert reasons == {
        "half-past-four-3/2": "alike",
        "salt-road-3/5": "short",
        "cableway-2/4": "short",
        "half-past-four-2/4": "silent",
        "salt-road-2/4": "silent",
        "night-clinic-2/3": "silent",
    }
    text = like.text.replace("SUNITA", "PRIYA").replace("string bag", "net bag")
    near = Index.load("en").nearest(signature_of_text(text, "en"))
    assert [key for key, _share in near] == [like.pk, like.like_id]


@pytest.mark.django_db
def test_every_fault_is_told_with_its_place_and_nothing_is_stored(tmp_path) -> None:
    (tmp_path / "good.fountain").write_text(scene(1, "Rain falls on the tin roof."))
    (tmp_path / "chinese.txt").write_text(
        "第1场　屋里　夜　内\n\n△灯灭了，他一级一级数着台阶往下走。\n阿罗：再来一级。\n"
    )
    (tmp_path / "prose.txt").write_text("It was raining, and nobody came to the door that day.\n" * 4)
    (tmp_path / "old.doc").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
    folder = folder_of(
        tmp_path,
        {"file": "good.fountain"},
        {"file": "gone.txt", "order": 2},
        {"file": "../up.txt", "order": 2},
    )
    with pytest.raises(InputErrors) as refused:
        import_folder(folder)
    lines = refused.value.lines()
    assert any(line.startswith(f"{folder}/corpus.yaml:9:") and "gone.txt" in line for line in lines)
    assert any("outside the folder" in line for line in lines)
    assert len(lines) == 2
    (tmp_path / "good.fountain").write_text("Nothing that could be cut.\n" * 9)
    with pytest.raises(InputErrors, match="no scene headings found") as refused:
        import_folder(folder)
    assert len(refused.value.errors) == 3, "what is wrong with the files that are there is told too"
    (tmp_path / "good.fountain").write_text(scene(1, "Rain falls on the tin roof."))
    with pytest.raises(InputErrors, match="folder not found"):
        import_folder(tmp_path / "no-such")
    files = ("good.fountain", "chinese.txt", "prose.txt", "old.doc")
    folder_of(tmp_path, *({"file": name, "order": at} for at, name in enumerate(files, start=1)))
    with pytest.raises(InputErrors) as refused:
        import_folder(folder)
    told = {Path(fault.path).name: fault.message for fault in refused.value.errors}
    assert told.keys() == {"chinese.txt", "prose.txt", "old.doc"}
    assert "does not look English" in told["chinese.txt"]
    assert "no scene heading" in told["prose.txt"]
    assert (Work.objects.count(), Series.objects.count()) == (0, 0)
    with pytest.raises(InputErrors, match=r"there is no corpus\.yaml"):
        import_folder(SAMPLE / "salt-road")


@pytest.mark.django_db
def test_a_changed_work_is_replaced_while_nothing_hangs_on_it(tmp_path) -> None:
    path = tmp_path / "one.fountain"
    words = " ".join(f"At step {at} she counts {at * at} boats and chalks the sum down." for at in range(9))
    path.write_text(scene(1, words) + scene(2, words.replace("step 4", "the fourth step")))
    folder_of(tmp_path, {"file": "one.fountain"}, {"file": "two.fountain", "order": 2})
    (tmp_path / "two.fountain").write_text(scene(3, words.replace("step 7 she", "the door he")))
    said = StringIO()
    call_command("import_corpus", tmp_path, "--dry-run", stdout=said)
    assert "quay-1: read, 2 scenes" in said.getvalue()
    assert (
        "Would be stored: 2 new works, 0 replaced, with 3 scenes; 0 known already; 2 scenes nearly"
        in said.getvalue()
    )
    assert (Work.objects.count(), Series.objects.count()) == (0, 0)
    assert import_folder(tmp_path).alike == 2
    third = Scene.objects.get(work__slug="quay-2")
    assert third.like.about == "quay-1/1"
    path.write_text(scene(1, "Nothing of it is as it was before; they sold the harbour and its master. " * 6))
    with pytest.raises(
        InputErrors, match=r"work quay-1 already exists, imported from one\.fountain, imported .* by con"
    ):
        import_folder(tmp_path)
    said = StringIO()
    call_command("import_corpus", tmp_path, "--dry-run", stdout=said)
    assert "quay-1: would replace one.fountain, imported 20" in said.getvalue()
    assert "0 new works, 1 replaced, with 1 scene; 1 known already" in said.getvalue()
    assert "add --replace" in said.getvalue()
    assert Scene.objects.filter(work__slug="quay-1").count() == 2
    changed = import_folder(tmp_path, replace=True)
    assert (changed.works, changed.known, changed.scenes) == (0, 1, 1)
    assert [(each.slug, each.file_name) for each in changed.replaced] == [("quay-1", "one.fountain")]
    third.refresh_from_db()
    assert (third.like, third.likeness) == (None, None), "what it was like is gone"
    manifest = tmp_path / "corpus.yaml"
    manifest.write_text(manifest.read_text().replace("rights: train", "rights: redistribute"))
    with pytest.raises(
        InputErrors, match="work quay-1 is stored with the rights “train”, but you entered “redistribute”"
    ):
        import_folder(tmp_path)
    assert set(Work.objects.values_list("rights", flat=True)) == {"train"}
    said = StringIO()
    call_command("import_corpus", tmp_path, "--dry-run", stdout=said)
    assert "quay-1: would change rights 'train' -> 'redistribute'" in said.getvalue()
    assert "add --change-rights" in said.getvalue()
    assert import_folder(tmp_path, change_rights=True).known == 2
    assert set(Work.objects.values_list("rights", flat=True)) == {"redistribute"}
    detail = last_detail(verb="change work", about="quay-1")
    assert detail == {"changed": {"rights": ["train", "redistribute"]}}
    planned = {"corpus": {"works": {"quay-1": "0" * 64}}}
    Run.objects.create(kind=Run.Kind.SYNTHESIZE, frozen_settings=planned, digest="0" * 64)
    work = Work.objects.get(slug="quay-1")
    assert standing_of(work).runs
    path.write_text(
        scene(1, "Again another story of a harbour, of its lamps and of whoever lights them. " * 6)
    )
    with pytest.raises(InputErrors, match="has changed, but existing runs use it"):
        import_folder(tmp_path)
    with pytest.raises(InUse):
        delete_work(work=work, by="rae")
    shutil.copy(tmp_path / "two.fountain", tmp_path / "three.fountain")
    folder_of(tmp_path, {"file": "three.fountain", "order": 3})
    with pytest.raises(InputErrors, match="this file is already stored as work quay-2"):
        import_folder(tmp_path)


@pytest.mark.django_db
def test_what_is_told_anew_is_listed_and_what_is_left_empty_stays(tmp_path) -> None:
    (tmp_path / "one.fountain").write_text(scene(1, "She counts boats and chalks the sum on the door."))
    folder_of(tmp_path, {"file": "one.fountain"})
    manifest = tmp_path / "corpus.yaml"
    plain = manifest.read_text()
    manifest.write_text(plain + "    genre: drama\n    version: draft\n")
    import_folder(tmp_path)
    manifest.write_text(plain.replace("credit: invented", "credit: invented here"))
    said = StringIO()
    call_command("import_corpus", tmp_path, stdout=said)
    assert "quay-1: changes credit 'invented' -> 'invented here'\n" in said.getvalue()
    assert "1 known already, 1 of them updated" in said.getvalue()
    assert Work.objects.values_list("genre", "version", "credit").get() == ("drama", "draft", "invented here")
    assert not import_folder(tmp_path).changed


@pytest.mark.django_db
def test_a_series_of_one_work_needs_no_order_and_a_clash_says_where(tmp_path) -> None:
    (tmp_path / "one.fountain").write_text(scene(1, "Rain falls on the tin roof."))
    (tmp_path / "two.fountain").write_text(scene(2, "Snow falls on the slate roof."))
    folder_of(tmp_path, {"file": "one.fountain"})
    manifest = tmp_path / "corpus.yaml"
    text = manifest.read_text()
    manifest.write_text(text.replace("    order: 1\n", ""))
    assert import_folder(tmp_path).slugs == ("quay-1",)
    two = ENTRY.format(file="two.fountain", series="quay", title="The Quay", order=2, language="en")
    manifest.write_text(text.replace("    order: 1\n", "") + two)
    with pytest.raises(InputErrors, match="series quay has several works, but this one has no order"):
        import_folder(tmp_path)
    manifest.write_text("works:\n" + two.replace("The Quay}", "The Pier}"))
    with pytest.raises(
        InputErrors, match=r"already called 'The Quay', not 'The Pier': see work quay-1, from one\.f"
    ):
        import_folder(tmp_path)


@pytest.mark.django_db
def test_a_screenplay_without_a_speech_is_told_first_with_the_remedy(tmp_path) -> None:
    text = "".join(f"第{at}场　渡口　夜　内\n\n△{'雨打在铁皮顶上，灯影晃着。' * 9}\n\n" for at in (1, 2))
    (tmp_path / "one.txt").write_text(text)
    folder_of(tmp_path, {"file": "one.txt", "language": "zh"})
    told = StringIO()
    call_command("import_corpus", tmp_path, "--dry-run", stdout=StringIO(), stderr=told)
    assert "warning: this file has no dialogue" in told.getvalue().split("\n")[0]
    assert "@小满" in told.getvalue()


@pytest.mark.parametrize(
    ("cue", "language", "names"),
    [
        ("ANNA (V.O.) (CONT'D)", "en", ["ANNA"]),
        ("ANNA AND BEN", "en", ["ANNA", "BEN"]),
        ("ANNA/BEN, MRS. ANDERS & SANDY", "en", ["ANNA", "BEN", "MRS. ANDERS", "SANDY"]),
        ("阿罗、小满（OS）", "zh", ["阿罗", "小满"]),
        ("老庞OS", "zh", ["老庞"]),
        ("旁白", "zh", []),
    ],
)
def test_cues_become_the_names_of_persons(cue: str, language: str, names: list[str]) -> None:
    assert names_in(cue, language) == names


def test_a_name_in_other_capitals_is_the_same_person() -> None:
    known: dict[str, str] = {}
    assert speakers_of(["McAVOY", "ANNA"], "en", known) == ["McAVOY", "ANNA"]
    assert speakers_of(["MCAVOY (O.S.)", "ANNA", "ANNA"], "en", known) == ["McAVOY", "ANNA"]
    assert speakers_of(["老庞和小满", "小满"], "zh", {"老庞": "老庞"}) == ["老庞", "小满"]
    assert speakers_of(["陈和平", "陈", "与欢"], "zh", {}) == ["陈和平", "陈", "与欢"]


@pytest.mark.django_db
def test_signs_of_models_are_refused_with_their_line_and_a_known_title_is_told(tmp_path: Path) -> None:
    text = scene(1, " ".join(f"At step {at} she counts {at * at} boats." for at in range(20)))
    spec = {
        "file": "1.fountain", "series": {"slug": "quay", "title": "The Quay"}, "title": "One", "order": 1,
        "language": "en", "rights": "train", "credit": "Ours.",
    }  # fmt: skip
    manifest = tmp_path / "corpus.yaml"
    manifest.write_text(yaml.safe_dump({"works": [spec]}))
    for sign in ("<|im_end|>", "<｜end▁of▁sentence｜>", "<end_of_turn>", "[INST]", "</s>"):
        (tmp_path / "1.fountain").write_text(text.replace("Then it", f"{sign} Then it"))
        with pytest.raises(InputErrors) as refused:
            import_folder(tmp_path)
        (fault,) = refused.value.errors
        assert (fault.line, sign in fault.message) == (6, True)
    (tmp_path / "1.fountain").write_text(text.replace("Then it", "She asked: 5 < 7 | 8 > 3? Then it"))
    assert import_folder(tmp_path).warnings == ()
    manifest.write_text(
        yaml.safe_dump({"works": [{**spec, "series": {"slug": "quay-2", "title": "the quay!"}, "order": 2}]})
    )
    (tmp_path / "1.fountain").write_text(text.replace("boats", "nets"))
    (warning,) = import_folder(tmp_path).warnings
    assert "series quay-2 has the title of quay, which already exists" in str(warning)


@pytest.mark.django_db
def test_an_estimate_keeps_nothing_of_the_folder_and_warns_as_an_import_does(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "corpus"
    shutil.copytree(EXAMPLES / "corpus", folder)
    (folder / "notes.fountain").write_text("INT. DESK - DAY\n\nA list.\n")
    call_command("synthesize", str(folder), "--estimate", "--by-worker")
    told = capsys.readouterr()
    assert "would be imported" in told.out
    assert "Jobs: " in told.out
    assert "notes.fountain:1:1: warning: the manifest does not list this file." in told.err
    assert not any(each.objects.exists() for each in (Run, Scene, Work, Series))
