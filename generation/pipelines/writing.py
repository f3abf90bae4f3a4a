"""A system as the text of its file: what `read_system_text` reads gives the same system."""

from collections.abc import Mapping
from dataclasses import fields
from io import StringIO
from typing import Any

import msgspec
from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import LiteralScalarString

from generation.backends.spec import BackendSpec
from generation.pipelines.spec import AGAIN, PARAMETERS, CheckSpec, StageSpec, SystemSpec
from generation.prompts import LANGUAGES, PromptError, load

_PLAIN = ("adapter", "split", "take", "tries", "derive", "trained_model")
_WIDTH = 100


def system_yaml(spec: SystemSpec) -> str:
    """The YAML text of a system. Prompts that are not the shipped ones of their names are part of it."""
    return yaml_text(system_record(spec))


def yaml_text(record: Mapping[str, Any]) -> str:
    """Plain data as YAML, in the order given."""
    yaml = YAML(typ="rt")
    yaml.width = _WIDTH
    yaml.indent(mapping=2, sequence=4, offset=2)
    out = StringIO()
    yaml.dump(_readable(record), out)
    return out.getvalue()


def system_record(spec: SystemSpec) -> dict[str, Any]:
    """The fields of a system's file."""
    prompts: dict[str, dict[str, str]] = {}
    record: dict[str, Any] = {"slug": spec.slug, "name": dict(spec.names) or spec.name}
    if spec.about:
        record["about"] = dict(spec.about)
    if spec.languages != LANGUAGES:
        record["languages"] = list(spec.languages)
    record["backend"] = _backend(spec.backend)
    for name, default in (("tries", 3), ("retries", 6), ("in_flight", 64)):
        if getattr(spec, name) != default:
            record[name] = getattr(spec, name)
    record["stages"] = [_stage(stage, prompts) for stage in spec.stages]
    if prompts:
        record["prompts"] = prompts
    return record


def _backend(backend: BackendSpec) -> dict[str, Any]:
    record = _changed(backend, BackendSpec(kind=""))
    if backend.adapters:
        record["adapters"] = [{"name": name, "path": path} for name, path in backend.adapters]
    if backend.engine:
        engine = {**backend.engine.options(), "chat_template_kwargs": backend.engine.template_arguments()}
        record["engine"] = {name: value for name, value in engine.items() if value}
    return record


def _changed(value: Any, default: Any) -> dict[str, Any]:
    """The fields of a value that differ from a default."""
    names = [each.name for each in fields(value)]
    found = {name: getattr(value, name) for name in names if getattr(value, name) != getattr(default, name)}
    plain: dict[str, Any] = msgspec.to_builtins(found)
    return plain


def _stage(stage: StageSpec, prompts: dict[str, dict[str, str]]) -> dict[str, Any]:
    record: dict[str, Any] = {"name": stage.name, "prompt": _prompt(stage, prompts), "model": stage.model}
    record |= {"form": stage.form}
    record |= {name: getattr(stage, name) for name in _PLAIN if getattr(stage, name)}
    if stage.backend:
        record["backend"] = _backend(stage.backend)
    if stage.input != "brief":
        record["input"] = stage.input
    if stage.reads:
        record["reads"] = dict(stage.reads)
    if any(part.heads for part in stage.parts):
        record["parts"] = {part.name: list(part.heads) for part in stage.parts}
    elif stage.parts:
        record["parts"] = [part.name for part in stage.parts]
    if stage.schema is not None:
        record["schema"] = stage.schema
    for name in PARAMETERS:
        value = getattr(stage, name)
        if value not in (None, "", (), {}):
            record[name] = list(value) if isinstance(value, tuple) else value
    if stage.checks:
        record["checks"] = [_check(check) for check in stage.checks]
    if not stage.say_why:
        record["say_why"] = False
    record |= {
        name: list(getattr(stage, name)) for name in ("answers_as", "optional") if getattr(stage, name)
    }
    return record


def _check(check: CheckSpec) -> Any:
    return {check.rule: {"from": check.low, "to": check.high}} if check.low or check.high else check.rule


def _prompt(stage: StageSpec, prompts: dict[str, dict[str, str]]) -> str:
    """The name of a stage's prompt: the shipped one's, or that of texts that are added to `prompts`."""
    texts = {each.language: each.text for each in stage.templates if each.name == stage.prompt != AGAIN}
    if not texts or _shipped(stage.prompt, texts):
        return stage.prompt
    name = stage.prompt.removeprefix("./").replace("/", "-")
    while prompts.setdefault(name, texts) != texts:
        name += "-2"
    return f"./{name}"


def _shipped(name: str, texts: Mapping[str, str]) -> bool:
    try:
        return all(load(name, language).text == text for language, text in texts.items())
    except PromptError:
        return False


def _readable(value: Any) -> Any:
    """Texts of several lines as blocks, so that people can edit them."""
    if isinstance(value, Mapping):
        return {key: _readable(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_readable(each) for each in value]
    if isinstance(value, str) and "\n" in value.strip():
        return LiteralScalarString(value.rstrip("\n") + "\n")
    return value
