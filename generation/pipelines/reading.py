"""Systems as files: a YAML file, validated so that every fault has its place and its fix."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from evalsite.core.errors import InputErrors
from generation.backends.spec import MOST_IN_FLIGHT, BackendSpec, read_backend
from generation.pipelines.reading_stage import OF_THE_MODEL, read_stage
from generation.pipelines.spec import PARAMETERS, StageSpec, SystemSpec
from generation.prompts import LANGUAGES
from generation.yaml_files import Document, Node, read_yaml, text_of, yaml_of

SHIPPED = Path(__file__).parents[1] / "systems"
IN_BROWSER = Path("system.yaml")
"""What faults call a text from a browser."""
MOST_PROMPT = 100_000
MOST_STAGES = 10
MOST_NAME = 200


SHARED = (
    "backend", "stages", "model", "parameters", "stage_models", "tries", "retries", "in_flight", "languages",
)  # fmt: skip
"""What a file takes over from the one that it is like, where it states nothing itself."""
MOST_LIKE = 5
"""How many files may be like one another in a row."""


def read_system(path: Path) -> SystemSpec:
    """One system from its YAML file, with the texts of its prompts. Raises `InputErrors` with all that is
    wrong.

    A prompt is a shipped one (`dsr/stage1`) or lies beside the file (`./mine`: `mine.en.md`, `mine.zh.md`).
    With `like`, all that the file leaves out is taken from another system's file; `stages` may name one too.
    """
    return _read(*_fields(*read_yaml(path)))


def read_system_text(text: str) -> SystemSpec:
    """One system from the text of its file, as it is written in a browser. Raises `InputErrors`.

    The text holds its own prompts, under `prompts`: {mine: {en: ..., zh: ...}}. Only shipped files are read.
    """
    document, root = yaml_of(text_of(text.encode("utf-8", "replace"), IN_BROWSER), IN_BROWSER)
    document.prompts = {}
    if isinstance(root.value, dict) and root.value.get("prompts") is not None:
        prompts = root.mapping(required=(), optional=tuple(root.value))["prompts"]
        for name, node in prompts.mapping(required=(), optional=_keys(prompts)).items():
            for language, each in node.mapping(required=(), optional=LANGUAGES).items():
                document.prompts[f"./{name}", language] = each.text(most=MOST_PROMPT) + "\n"
    return _read(*_fields(document, root, also=("prompts",)))


def _keys(node: Node) -> tuple[str, ...]:
    return tuple(node.value) if isinstance(node.value, dict) else ()


def _read(document: Document, fields: dict[str, Node]) -> SystemSpec:
    for key in ("backend", "stages"):
        if key not in fields:
            document.fault(1, 1, f"the file has no {key}.", f"add {key}, or like: a system that has it.")
    languages = _languages(fields.get("languages"))
    names = read_names(fields.get("name"))
    defaults = _parameters(fields)
    spec = SystemSpec(
        slug=fields["slug"].slug() if "slug" in fields else "",
        name=names.get("en") or names.get("zh") or names.get("", ""),
        names={language: name for language, name in names.items() if language},
        backend=read_backend(fields["backend"]) if "backend" in fields else BackendSpec(kind=""),
        stages=_stages(fields, languages, defaults),
        tries=_whole(fields, "tries", 1, 20, 3),
        retries=_whole(fields, "retries", 0, 50, 6),
        in_flight=_whole(fields, "in_flight", 1, MOST_IN_FLIGHT, 64),
        about=read_about(fields.get("about")),
        languages=languages,
    )
    for each in (document, *{id(node.document): node.document for node in fields.values()}.values()):
        each.refuse()
    return spec


def _fields(
    document: Document, root: Node, depth: int = 0, also: Sequence[str] = ()
) -> tuple[Document, dict[str, Node]]:
    """The fields of a system's file, with those of the file that it is like."""
    fields = root.mapping(required=("slug", "name"), optional=("about", "like", *SHARED, *also))
    fields.pop("prompts", None)
    if "like" in fields:
        fields = {**_of_other(fields.pop("like"), SHARED, depth), **fields}
    return document, fields


def _of_other(node: Node, wanted: Sequence[str], depth: int = 0) -> dict[str, Node]:
    """Some fields of another system's file, which is named by its slug or as `./name` beside this one."""
    name = node.text(most=100)
    path = (
        node.document.path.parent / f"{name[2:]}.yaml" if name.startswith("./") else SHIPPED / f"{name}.yaml"
    )
    outside = node.document.prompts is not None and name.startswith("./")
    if not name.removeprefix("./") or "/" in name.removeprefix("./") or outside or not path.is_file():
        beside = "" if node.document.prompts is not None else ", or ./file beside this one"
        fix = f"use an included system ({', '.join(shipped_names())}){beside}."
        node.fault(f"there is no system {name}.", fix)
        return {}
    if depth >= MOST_LIKE:
        node.fault("too many files refer to one another with like.", "write more in this file.")
        return {}
    document, fields = _fields(*read_yaml(path), depth + 1)
    document.refuse()
    return {key: each for key, each in fields.items() if key in wanted}


def _parameters(fields: Mapping[str, Node]) -> dict[str, Node]:
    """The model and the request parameters that the stages of a file have in common."""
    found = {"model": fields["model"]} if "model" in fields else {}
    if "parameters" in fields:
        found |= fields["parameters"].mapping(required=(), optional=PARAMETERS)
    return found


def _stages(
    fields: Mapping[str, Node], languages: tuple[str, ...], defaults: Mapping[str, Node]
) -> tuple[StageSpec, ...]:
    """The stages that a file lists, or those of the system that it names, asked of this file's model."""
    node = fields.get("stages")
    borrowed = node is not None and isinstance(node.value, str)
    if node is not None and borrowed:
        node = _of_other(node, ("stages",)).get("stages")
    return read_stages(node, languages, defaults, borrowed=borrowed, models=fields.get("stage_models"))


def shipped_names() -> list[str]:
    """The slugs of the systems that come with the platform."""
    return sorted(path.stem for path in SHIPPED.glob("*.yaml"))


def shipped_models() -> list[str]:
    """The models and adapters that the shipped systems ask for."""
    specs = (read_system(SHIPPED / f"{name}.yaml") for name in shipped_names())
    return list(dict.fromkeys(stage.asks for spec in specs for stage in spec.stages))


def find_system(name: str) -> SystemSpec:
    """The spec of a shipped system by its slug, or of any system by the path of its file.

    Raises `InputErrors`.
    """
    if name.endswith((".yaml", ".yml")):
        return read_system(Path(name))
    shipped = shipped_names()
    if name not in shipped:
        fix = f"use one of {', '.join(shipped)}, or the path of a YAML file."
        raise InputErrors.single(name, "no included system has this name.", fix)
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
        node.fault("name is empty.", "enter a name, or en: and zh: names.")
    return found


def read_about(node: Node | None) -> dict[str, str]:
    """What the system is, for people, in the languages of the interface."""
    if node is None:
        return {}
    return {key: each.text(most=1000) for key, each in node.mapping(required=LANGUAGES).items()}


def read_stages(
    node: Node | None,
    languages: tuple[str, ...],
    defaults: Mapping[str, Node] | None = None,
    *,
    borrowed: bool = False,
    models: Node | None = None,
) -> tuple[StageSpec, ...]:
    if node is None:
        return ()
    items = node.sequence(least=1, most=MOST_STAGES)
    names = [str(item.value.get("name")) for item in items if isinstance(item.value, dict)]
    named = models.mapping(required=(), optional=names) if models else {}
    replaced = {name: each.mapping(required=(), optional=OF_THE_MODEL) for name, each in named.items()}
    stages: list[StageSpec] = []
    for index, item in enumerate(items):
        last = index == len(items) - 1
        given = (stages, languages, defaults or {}, replaced)
        stages.append(read_stage(item, *given, last=last, borrowed=borrowed))
    return tuple(stages)
