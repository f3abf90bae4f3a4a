"""One stage of a system's file, and the parameters of its requests."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from evalsite.core.reason_codes import Reason
from generation.backends.spec import read_backend
from generation.pipelines.inputs import BRIEF, INPUTS
from generation.pipelines.rules import RULES, WITH_BOUNDS
from generation.pipelines.schemas import read_schema
from generation.pipelines.spec import (
    AGAIN,
    DERIVED,
    FORMS,
    PARAMETERS,
    RUN_SEED,
    SPLITS,
    CheckSpec,
    PartSpec,
    StageSpec,
    TemplateSpec,
)
from generation.prompts import PromptError, PromptTemplate, load, load_beside, template_of
from generation.yaml_files import SLUG, Node

REQUIRED = ("name", "prompt", "model", "form")
OPTIONAL = (
    "adapter",
    "backend",
    "input",
    "reads",
    "split",
    "parts",
    "take",
    "schema",
    *PARAMETERS,
    "checks",
    "tries",
    "say_why",
    "answers_as",
    "optional",
    "derive",
    "trained_model",
)
OF_THE_MODEL = ("model", "adapter", "trained_model", "answers_as", "backend", *PARAMETERS)
"""Fields that say who is asked and how: those of another system's file do not go with its stages."""
MOST_TOKENS = 1_000_000
MOST_NAME = 60
"""Characters of a stage's name: what the tables hold."""
_LIMITS = {"max_tokens", "max_completion_tokens"}
_NAMES_OF_A_MODEL = ("adapter", "trained_model", "answers_as")
_VALUE = re.compile(r"^[a-z][a-z0-9_]*$")


def read_stage(
    item: Node,
    before: Sequence[StageSpec],
    languages: tuple[str, ...],
    defaults: Mapping[str, Node],
    replaced: Mapping[str, Mapping[str, Node]],
    *,
    last: bool,
    borrowed: bool,
) -> StageSpec:
    """A stage that may name those before it; faults go to the document.

    `defaults` hold for fields that it does not state. A `borrowed` stage is one of another system's file, of
    which the fields about its model are left out. `replaced` has fields, by stage, in place of its own ones.
    """
    required = [name for name in REQUIRED if name not in defaults]
    fields = item.mapping(required=required, optional=(*REQUIRED, *OPTIONAL))
    if borrowed:
        fields = {name: each for name, each in fields.items() if name not in OF_THE_MODEL}
    own = replaced.get(str(fields["name"].value), {}) if "name" in fields else {}
    if "model" in own:
        fields = {name: each for name, each in fields.items() if name not in _NAMES_OF_A_MODEL}
    fields = _merge(_merge(defaults, fields), own)
    if borrowed and "model" not in fields:
        item.fault("these stages have no model.", "add model: to the file.")
    kind = _input(fields.get("input"), before)
    known = {*INPUTS[kind].fields, *(each.name for each in before)}
    known |= {f"{each.name}.{part}" for each in before for part in each.values}
    name = fields["name"].slug(most=MOST_NAME) if "name" in fields else ""
    if name in known:
        fields["name"].fault(f"the name {name} is taken.", "use a different name for each stage.")
    reads = _reads(fields.get("reads"), known)
    return StageSpec(
        name=name,
        prompt=fields["prompt"].text(most=100) if "prompt" in fields else "",
        templates=_templates(fields.get("prompt"), known, reads, fields.get("reads"), languages),
        model=_text(fields, "model"),
        adapter=_text(fields, "adapter"),
        form=_form(fields.get("form"), kind, last=last),
        backend=read_backend(fields["backend"]) if "backend" in fields else None,
        input=kind,
        reads=reads,
        **_splitting(fields),
        **_parameters(fields),
        checks=_checks(fields.get("checks")),
        tries=fields["tries"].integer(1, 20) if "tries" in fields else 0,
        say_why=fields["say_why"].truth() if "say_why" in fields else True,
        answers_as=_texts(fields.get("answers_as"), most=20),
        trained_model=_text(fields, "trained_model"),
    )


def _merge(fields: Mapping[str, Node], stronger: Mapping[str, Node]) -> dict[str, Node]:
    """Fields and those that take precedence. A limit also replaces the other kind of limit."""
    gone = set() if _LIMITS.isdisjoint(stronger) else _LIMITS
    return {**{name: each for name, each in fields.items() if name not in gone}, **stronger}


def _parameters(fields: Mapping[str, Node]) -> dict[str, Any]:
    """What a file states of its requests; nothing takes the place of what it does not state."""
    if "max_tokens" in fields and "max_completion_tokens" in fields:
        fields["max_completion_tokens"].fault("an answer has two limits.", "remove one of them.")
    found: dict[str, Any] = {"seed": None, "stop": _stops(fields.get("stop"))}
    for name, read in (
        ("temperature", lambda node: node.number(0, 2)),
        ("top_p", lambda node: node.number(0.001, 1)),
        ("max_tokens", lambda node: node.integer(1, MOST_TOKENS)),
        ("max_completion_tokens", lambda node: node.integer(1, MOST_TOKENS)),
        ("seed", lambda node: RUN_SEED if node.value == RUN_SEED else node.integer(0, 2**31 - 1)),
        ("reasoning_effort", lambda node: node.text(most=40)),
        ("thinking_budget", lambda node: node.integer(0, MOST_TOKENS)),
        ("thinking_reserve", lambda node: node.integer(1, MOST_TOKENS)),
        ("chat_template_kwargs", lambda node: node.json_object()),
        ("extra_body", lambda node: node.json_object()),
    ):
        if name in fields:
            found[name] = read(fields[name])
    if {"model", "messages"} & set(found.get("extra_body", {})):
        fields["extra_body"].fault("extra_body can't set model or messages.", "remove them.")
    return found


def _text(fields: Mapping[str, Node], key: str) -> str:
    return fields[key].text(most=200) if key in fields else ""


def _texts(node: Node | None, *, most: int) -> tuple[str, ...]:
    return tuple(each.text(most=200) for each in node.sequence(most=most)) if node else ()


def _stops(node: Node | None) -> tuple[str, ...]:
    """Stop rules to the letter: an empty line is one of the commonest."""
    return tuple(each.verbatim(most=200) for each in node.sequence(most=8)) if node else ()


def _input(node: Node | None, before: Sequence[StageSpec]) -> str:
    """The type of the input: one for all stages, since a job has one."""
    kind = (node.choice(tuple(INPUTS)) if node else "") or (before[0].input if before else BRIEF.name)
    if node and before and kind != before[0].input:
        node.fault(f"input {kind} differs from the first stage.", f"use {before[0].input} here too.")
    return kind


def _form(node: Node | None, kind: str, *, last: bool) -> str:
    form = node.choice(FORMS) if node else ""
    ends_in = INPUTS[kind].ends_in
    if node and form and ends_in and (form == ends_in) != last:
        node.fault(f"the form {form} isn't allowed here.", f"only the last stage is a {ends_in}.")
    return form


def _reads(node: Node | None, known: set[str]) -> dict[str, str]:
    """What the prompt calls a value, and what that is: a field of the input, a stage, or a part of one."""
    if node is None:
        return {}
    if not isinstance(node.value, dict):
        node.fault("reads must be a mapping.", "write name-in-the-prompt: source, one per line.")
        return {}
    reads = {}
    for key, each in node.mapping(required=(), optional=tuple(node.value)).items():
        source = each.text(most=100)
        if not _VALUE.match(str(key)):
            each.fault(f"{key} isn't a valid name.", "use lower-case letters, digits and underscores.")
        elif source and source not in known:
            each.fault(f"{source} isn't available.", f"available: {', '.join(sorted(known))}.")
        reads[str(key)] = source
    return reads


def _templates(
    node: Node | None, known: set[str], reads: dict[str, str], read: Node | None, languages: tuple[str, ...]
) -> tuple[TemplateSpec, ...]:
    """The stage's prompt in each language, and the one that asks again; what they ask for must be known."""
    if node is None:
        return ()
    name = node.text(most=100)
    found: list[PromptTemplate] = []
    for language in languages:
        try:
            found.append(_load(node, name, language))
        except PromptError as fault:
            beside = f"./{name.split('/')[-1]} beside this file, without language and ending"
            if node.document.prompts is not None:
                beside = "./mine for a text under prompts: {mine: {en: ..., zh: ...}}"
            node.fault(f"{fault}.", f"name a template under generation/prompts, or {beside}.")
            continue
        if unknown := found[-1].fields() - known - reads.keys():
            message = f"prompt {name}.{language} needs {', '.join(sorted(unknown))}."
            node.fault(
                message, "name an earlier stage like this, define it under reads, or use another prompt."
            )
    asked = {field for template in found for field in template.fields()}
    if read and found and (unused := reads.keys() - asked):
        read.fault(f"prompt {name} doesn't use {', '.join(sorted(unused))}.", "remove it from reads.")
    again = [load(AGAIN, language) for language in languages]
    return tuple(
        TemplateSpec(name=each.name, language=each.language, text=each.text) for each in [*found, *again]
    )


def _load(node: Node, name: str, language: str) -> PromptTemplate:
    prompts = node.document.prompts
    if prompts is not None and (name, language) in prompts:
        return template_of(name, language, prompts[name, language])
    if name.startswith("./") and prompts is not None:
        raise PromptError(Reason("prompt-none", prompt=name, language_code=language))
    if name.startswith("./"):
        return load_beside(node.document.path.parent, name, language)
    return load(name, language)


def _splitting(fields: dict[str, Node]) -> dict[str, Any]:
    """How an answer is split: `split`, `parts`, `take` and `schema`, which must agree."""
    split = fields["split"].choice(SPLITS) if "split" in fields else ""
    parts = _parts(fields.get("parts"), split)
    take = fields["take"].slug() if "take" in fields else ""
    if "split" in fields and not parts:
        fields["split"].fault("split needs parts.", "add parts: [plan, ...].")
    if "parts" in fields and not split:
        fields["parts"].fault("parts need split.", f"add split: {SPLITS[0]}.")
    if take and parts and take not in {part.name for part in parts}:
        fields["take"].fault(f"take is {take}, which isn't one of the parts.", "use one of the parts.")
    schema = (
        read_schema(fields["schema"], split, [part.name for part in parts]) if "schema" in fields else None
    )
    names = {part.name for part in parts}
    return {
        "split": split,
        "parts": parts,
        "take": take,
        "schema": schema,
        "optional": _optional(fields.get("optional"), split, names),
        "derive": _derive(fields.get("derive"), split, names),
    }


def _optional(node: Node | None, split: str, names: set[str]) -> tuple[str, ...]:
    if node is None:
        return ()
    found = tuple(each.slug() for each in node.sequence(least=1, most=20))
    if split != "json" or set(found) - names:
        node.fault("optional needs parts of a JSON answer.", "list some of the parts, with split: json.")
    return found


def _derive(node: Node | None, split: str, names: set[str]) -> str:
    if node is None:
        return ""
    found = node.choice(tuple(DERIVED))
    if found and (split != "json" or found not in names):
        node.fault(f"{found} isn't a part of a JSON answer.", f"add {found} to parts, with split: json.")
    return found


def _parts(node: Node | None, split: str) -> tuple[PartSpec, ...]:
    """A list of names; where headings split, a mapping from names to the headings that may stand."""
    if node is None:
        return ()
    if split != "headings" or not isinstance(node.value, dict):
        names = [each.slug() for each in node.sequence(least=1, most=20)]
        if len(set(names)) < len(names):
            node.fault("a part occurs twice.", "list each part once.")
        return tuple(PartSpec(name=name) for name in names if name)
    heads = node.mapping(required=(), optional=tuple(node.value))
    for name, each in heads.items():
        if not SLUG.match(str(name)):
            each.fault(f"{name} isn't a valid name.", "use lower-case letters, digits and single hyphens.")
    return tuple(PartSpec(name=str(name), heads=_texts(each, most=10)) for name, each in heads.items())


def _checks(node: Node | None) -> tuple[CheckSpec, ...]:
    """A list of rules by name; `length: {from: 0.5, to: 2}` where a rule has bounds."""
    if node is None:
        return ()
    checks = []
    for item in node.sequence(most=20):
        if isinstance(item.value, dict):
            checks += _with_bounds(item)
            continue
        rule = item.choice(tuple(RULES))
        if rule in WITH_BOUNDS:
            item.fault(f"{rule} needs bounds.", f"write {rule}: {{from: 0.5, to: 2}}.")
        elif rule:
            checks.append(CheckSpec(rule=rule))
    return tuple(checks)


def _with_bounds(item: Node) -> list[CheckSpec]:
    checks = []
    for rule, node in item.mapping(required=(), optional=tuple(sorted(WITH_BOUNDS))).items():
        bounds = node.mapping(required=("from", "to"))
        low = bounds["from"].number(0, 100) if "from" in bounds else 0.0
        high = bounds["to"].number(0, 100) if "to" in bounds else 100.0
        if low > high:
            node.fault(f"from ({low:g}) is more than to ({high:g}).", "swap them.")
        checks.append(CheckSpec(rule=rule, low=low, high=high))
    return checks
