"""What a system is, as one frozen value: its backend, its stages, how often it may try. No database here.

`read_system(path)` validates a YAML file; `SystemSpec.from_record` takes back what a run has frozen.
`prepare` makes the request of a stage, `judge` says whether an answer may go on: a wrong model, a cut-off,
an empty or a foreign answer is recorded as what it is and never becomes a script.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import msgspec

from evalsite.core.digests import json_digest
from generation.backends import Completion, Request, Sampling
from generation.backends.fake import BEHAVIOURS
from generation.faults import Fault, Faults
from generation.files import Document, Node, read_yaml
from generation.prompts import BRIEF_VALUES, PromptFault, load
from generation.screenplay import Kind, check_format, parse, script_text
from generation.screenplay.measure import language_of
from generation.screenplay.text import TextTooLarge

SHIPPED = Path(__file__).parent / "systems"
FORMS = ("prose", "screenplay")
NOVEL_SHARE = 1.5
"""A novel is asked for at this many times the scene's target length."""

_NO_SCRIPT = frozenset({"empty", "language", "unreadable"})
_THOUGHT = re.compile(r"^\s*<(think|thinking)>.*?</\1>\s*", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class BackendSpec:
    """Where requests go. The address: a run's own, else the environment's `base_url_env`, else `base_url`."""

    kind: str
    base_url: str = ""
    base_url_env: str = ""
    key_env: str = ""
    timeout: float = 300.0
    behaviour: str = "ok"
    every: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class StageSpec:
    """One request of a pipeline.

    Later prompts know its answer as `$name`; `take` names the tag that is taken out.
    """

    name: str
    prompt: str
    model: str
    form: str
    take: str = ""
    temperature: float = 0.7
    top_p: float = 0.9
    max_tokens: int = 4096
    answers_as: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemSpec:
    """One pipeline.

    `tries` is how many answers of a job may be refused, `retries` how many requests may fail.
    """

    slug: str
    name: str
    backend: BackendSpec
    stages: tuple[StageSpec, ...]
    tries: int = 3
    retries: int = 6
    in_flight: int = 4

    def as_record(self) -> dict[str, Any]:
        """Plain data, as it is stored with a system and frozen with a run."""
        record: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(self))
        return record

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> "SystemSpec":
        return msgspec.convert(record, cls)

    def prompt_digests(self) -> dict[str, str]:
        """The digest of each template that the stages use, by `name.language`."""
        templates = [load(stage.prompt, language) for stage in self.stages for language in ("en", "zh")]
        return {f"{template.name}.{template.language}": template.digest for template in templates}


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an answer may go on. `text` is the part that does; `reason` says why not."""

    ok: bool
    reason: str = ""
    text: str = ""


def read_system(path: Path) -> SystemSpec:
    """One system from its YAML file. Raises `Faults` with all that is wrong with it."""
    document, root = read_yaml(path)
    fields = root.mapping(
        required=("slug", "name", "backend", "stages"), optional=("tries", "retries", "in_flight")
    )
    spec = SystemSpec(
        slug=fields["slug"].slug() if "slug" in fields else "",
        name=fields["name"].text(most=200) if "name" in fields else "",
        backend=_backend(fields.get("backend"), document),
        stages=_stages(fields.get("stages")),
        tries=_whole(fields, "tries", 1, 20, 3),
        retries=_whole(fields, "retries", 0, 50, 6),
        in_flight=_whole(fields, "in_flight", 1, 64, 4),
    )
    document.refuse()
    return spec


def find_system(name: str) -> SystemSpec:
    """The spec of a shipped system by its slug, or of any system by the path of its file. Raises `Faults`."""
    if name.endswith((".yaml", ".yml")):
        return read_system(Path(name))
    shipped = sorted(path.stem for path in SHIPPED.glob("*.yaml"))
    if name not in shipped:
        mend = f"shipped are {', '.join(shipped)}; or give the path of a YAML file."
        raise Faults([Fault(name, 1, 1, "there is no system of this name.", mend)])
    return read_system(SHIPPED / f"{name}.yaml")


def _backend(node: Node | None, document: Document) -> BackendSpec:
    if node is None:
        return BackendSpec(kind="")
    optional = ("base_url", "base_url_env", "key_env", "timeout", "behaviour", "every")
    fields = node.mapping(required=("kind",), optional=optional)
    texts = {
        key: fields[key].text(most=500) for key in ("base_url", "base_url_env", "key_env") if key in fields
    }
    if (url := texts.get("base_url")) and not re.match(r"^https?://[^\s/]+", url):
        fields["base_url"].fault(f"base_url {url!r} is no address.", "begin it with http:// or https://.")
    return BackendSpec(
        kind=fields["kind"].choice(("openai", "fake")) if "kind" in fields else "",
        timeout=fields["timeout"].number(0.1, 3600) if "timeout" in fields else 300.0,
        behaviour=fields["behaviour"].choice(BEHAVIOURS) if "behaviour" in fields else "ok",
        every=_whole(fields, "every", 1, 1000, 1),
        **texts,
    )


def _stages(node: Node | None) -> tuple[StageSpec, ...]:
    if node is None:
        return ()
    items = node.sequence(least=1, most=10)
    known: set[str] = set(BRIEF_VALUES)
    stages: list[StageSpec] = []
    for index, item in enumerate(items):
        stage = _stage(item, known, last=index == len(items) - 1)
        known.add(stage.name)
        stages.append(stage)
    return tuple(stages)


def _stage(item: Node, known: set[str], *, last: bool) -> StageSpec:
    optional = ("take", "temperature", "top_p", "max_tokens", "answers_as")
    fields = item.mapping(required=("name", "prompt", "model", "form"), optional=optional)
    name = fields["name"].slug() if "name" in fields else ""
    if name in known:
        fields["name"].fault(f"the name {name} is taken.", "give each stage a name of its own.")
    form = fields["form"].choice(FORMS) if "form" in fields else ""
    if form and (form == "screenplay") != last:
        fields["form"].fault(
            f"form {form} cannot stand here.", "the last stage, and only it, is a screenplay."
        )
    return StageSpec(
        name=name,
        prompt=_prompt(fields.get("prompt"), known),
        model=fields["model"].text(most=200) if "model" in fields else "",
        form=form,
        take=fields["take"].slug() if "take" in fields else "",
        temperature=fields["temperature"].number(0, 2) if "temperature" in fields else 0.7,
        top_p=fields["top_p"].number(0.001, 1) if "top_p" in fields else 0.9,
        max_tokens=_whole(fields, "max_tokens", 1, 200_000, 4096),
        answers_as=tuple(each.text() for each in fields["answers_as"].sequence())
        if "answers_as" in fields
        else (),
    )


def _prompt(node: Node | None, known: set[str]) -> str:
    if node is None:
        return ""
    name = node.text(most=100)
    for language in ("en", "zh"):
        try:
            unknown = load(name, language).fields() - known
        except PromptFault as fault:
            node.fault(f"{fault}.", "name a template under generation/prompts, without language and ending.")
            continue
        if unknown:
            node.fault(
                f"prompt {name}.{language} asks for {', '.join(sorted(unknown))}.",
                "name an earlier stage so, or take another prompt.",
            )
    return name


def _whole(fields: dict[str, Node], key: str, low: int, high: int, default: int) -> int:
    return fields[key].integer(low, high) if key in fields else default


def brief_values(content: Mapping[str, Any]) -> dict[str, str]:
    """What a prompt may ask of a brief, from `Brief.content()`."""
    none = "（无）" if content["language"] == "zh" else "(none)"
    colon = "：" if content["language"] == "zh" else ": "
    characters = [f"{each['name']}{colon}{each['profile'].strip()}" for each in content["characters"]]
    return {
        "series_title": content["series"]["title"],
        "outline": content["outline"].strip(),
        "previous_context": content["previous_context"].strip() or none,
        "characters": "\n\n".join(characters),
        "guideline": content["guideline"].strip() or none,
        "target_length": str(content["target_length"]),
        "novel_length": str(int(round(content["target_length"] * NOVEL_SHARE, -1))),
    }


def prepare(
    stage: StageSpec, content: Mapping[str, Any], answers: Mapping[str, str], seed: int | None
) -> Request:
    """The request of a stage. `answers` are what earlier stages gave, by name. Raises `PromptFault`."""
    template = load(stage.prompt, content["language"])
    messages = template.render(
        {**brief_values(content), **{key: each.strip() for key, each in answers.items()}}
    )
    sampling = Sampling(stage.temperature, stage.top_p, stage.max_tokens, seed)
    return Request(stage.model, tuple(messages), sampling)


def seed_of(run_digest: str, *parts: object) -> int:
    """A seed that follows from the run and from what is asked for: the same run asks with the same seeds."""
    line = "\n".join([run_digest, *map(str, parts)])
    return int.from_bytes(hashlib.sha256(line.encode()).digest()[:4]) & 0x7FFFFFFF


def prompt_digest(request: Request) -> str:
    """SHA-256 of the exact messages."""
    return json_digest([list(message) for message in request.messages])


def request_record(request: Request) -> dict[str, Any]:
    """What is kept of a request beside its messages."""
    return {"model": request.model, **asdict(request.sampling)}


def judge(stage: StageSpec, completion: Completion, language: str) -> Verdict:
    """Whether an answer may go on, and which part of it."""
    if completion.model not in (stage.model, *stage.answers_as):
        return Verdict(False, f"another model answered: {completion.model or 'none named'}")
    if completion.finish_reason == "length":
        return Verdict(False, f"cut off at {stage.max_tokens} tokens")
    if completion.finish_reason != "stop":
        return Verdict(False, f"finish reason {completion.finish_reason or 'not given'}")
    try:
        text, reason = taken(stage, completion.text)
    except TextTooLarge as error:
        return Verdict(False, str(error))
    if reason:
        return Verdict(False, reason)
    found = language_of(text)
    if found != language:
        return Verdict(False, f"the answer reads as {found or 'no language known'}, not {language}")
    if stage.form == "screenplay" and (reason := no_script(text, language)):
        return Verdict(False, reason)
    return Verdict(True, text=text)


def taken(stage: StageSpec, answer: str) -> tuple[str, str]:
    """The part of an answer that goes on, in canonical form, and why there is none."""
    text = script_text(_THOUGHT.sub("", answer, count=1))
    if stage.take:
        parts = re.findall(rf"<{stage.take}>(.*?)</{stage.take}>", text, re.DOTALL)
        if not parts:
            return "", f"no part <{stage.take}>...</{stage.take}> in the answer"
        text = script_text(parts[-1])
    return (text, "") if text else ("", "the answer is empty")


def no_script(text: str, language: str) -> str:
    """Why a text is no screenplay at all; the empty string when it is one, however ill laid out."""
    script = parse(text, language)
    codes = [problem.code for problem in check_format(script) if problem.code in _NO_SCRIPT]
    if codes:
        return f"no screenplay: {', '.join(codes)}"
    kinds = {element.kind for element in script.elements}
    return "" if kinds & {Kind.HEADING, Kind.CHARACTER} else "no screenplay: neither heading nor speech in it"
