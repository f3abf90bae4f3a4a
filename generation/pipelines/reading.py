"""Systems as files: a YAML file, validated so that every fault has its place and its mend."""

from pathlib import Path

from generation.backends.spec import MOST_IN_FLIGHT, BackendSpec, read_backend
from generation.faults import Fault, Faults
from generation.files import Node, read_yaml
from generation.pipelines.reading_stage import read_stage
from generation.pipelines.spec import StageSpec, SystemSpec
from generation.prompts import LANGUAGES

SHIPPED = Path(__file__).parents[1] / "systems"
MOST_STAGES = 10
MOST_NAME = 200


def read_system(path: Path) -> SystemSpec:
    """One system from its YAML file, with the texts of its prompts. Raises `Faults` with all that is wrong.

    A prompt is a shipped one (`dsr/stage1`) or lies beside the file (`./mine`: `mine.en.md`, `mine.zh.md`).
    """
    document, root = read_yaml(path)
    optional = ("tries", "retries", "in_flight", "about", "languages")
    fields = root.mapping(required=("slug", "name", "backend", "stages"), optional=optional)
    languages = _languages(fields.get("languages"))
    names = read_names(fields.get("name"))
    spec = SystemSpec(
        slug=fields["slug"].slug() if "slug" in fields else "",
        name=names.get("en") or names.get("zh") or names.get("", ""),
        names={language: name for language, name in names.items() if language},
        backend=read_backend(fields["backend"]) if "backend" in fields else BackendSpec(kind=""),
        stages=read_stages(fields.get("stages"), languages),
        tries=_whole(fields, "tries", 1, 20, 3),
        retries=_whole(fields, "retries", 0, 50, 6),
        in_flight=_whole(fields, "in_flight", 1, MOST_IN_FLIGHT, 64),
        about=read_about(fields.get("about")),
        languages=languages,
    )
    document.refuse()
    return spec


def shipped_names() -> list[str]:
    """The slugs of the systems that come with the platform."""
    return sorted(path.stem for path in SHIPPED.glob("*.yaml"))


def find_system(name: str) -> SystemSpec:
    """The spec of a shipped system by its slug, or of any system by the path of its file. Raises `Faults`."""
    if name.endswith((".yaml", ".yml")):
        return read_system(Path(name))
    shipped = shipped_names()
    if name not in shipped:
        mend = f"shipped are {', '.join(shipped)}; or give the path of a YAML file."
        raise Faults([Fault(name, 1, 1, "there is no system of this name.", mend)])
    return read_system(SHIPPED / f"{name}.yaml")


def _whole(fields: dict[str, Node], key: str, low: int, high: int, default: int) -> int:
    return fields[key].integer(low, high) if key in fields else default


def _languages(node: Node | None) -> tuple[str, ...]:
    if node is None:
        return LANGUAGES
    named = [each.choice(LANGUAGES) for each in node.sequence(least=1, most=len(LANGUAGES))]
    return tuple(each for each in LANGUAGES if each in named)


def read_names(node: Node | None) -> dict[str, str]:
    """{en, zh}, one of them at least, or a plain name, which has no language."""
    if node is None:
        return {}
    if not isinstance(node.value, dict):
        return {"": node.text(most=MOST_NAME)}
    found = {
        key: each.text(most=MOST_NAME) for key, each in node.mapping(required=(), optional=LANGUAGES).items()
    }
    if not found:
        node.fault("name has no text.", "write it, or give en: and zh: below it.")
    return found


def read_about(node: Node | None) -> dict[str, str]:
    """What the system is, for people, in the languages of the interface."""
    if node is None:
        return {}
    return {key: each.text(most=1000) for key, each in node.mapping(required=LANGUAGES).items()}


def read_stages(node: Node | None, languages: tuple[str, ...]) -> tuple[StageSpec, ...]:
    if node is None:
        return ()
    items = node.sequence(least=1, most=MOST_STAGES)
    stages: list[StageSpec] = []
    for index, item in enumerate(items):
        stages.append(read_stage(item, stages, languages, last=index == len(items) - 1))
    return tuple(stages)
