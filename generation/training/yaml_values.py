"""YAML whose values know their line and column. Readers note a fault and go on: one pass finds them all."""

import difflib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from generation.training.errors import InputError, InputErrors


class Loader(yaml.SafeLoader):
    """Refuses a field that is given twice, where plain YAML would let the last one win in silence."""


def _mapping(loader: Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    seen: set[str] = set()
    for key, _ in node.value:
        if key.value in seen:
            raise yaml.MarkedYAMLError(problem=f"{key.value} is given twice", problem_mark=key.start_mark)
        seen.add(key.value)
    return dict(loader.construct_pairs(node, deep=True))


Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


@dataclass(frozen=True)
class YamlValue:
    """A value in a file and its place; `faults` is shared by all places of the file."""

    path: str
    faults: list[InputError]
    node: yaml.Node
    value: Any
    name: str

    def fault(self, message: str, fix: str) -> None:
        mark = self.node.start_mark
        self.faults.append(InputError(self.path, mark.line + 1, mark.column + 1, message, fix))

    def fields(self, required: Sequence[str], optional: Sequence[str] = ()) -> dict[str, "YamlValue"]:
        """The known fields that have a value; unknown and missing ones are faults."""
        if not isinstance(self.value, dict) or not isinstance(self.node, yaml.MappingNode):
            self.fault(
                f"{self.name} must be a mapping of fields.", f"give {', '.join(required or optional)}."
            )
            return {}
        known, found = (*required, *optional), {}
        for key, node in self.node.value:
            if key.value not in known:
                near = difflib.get_close_matches(key.value, known, n=1)
                place = YamlValue(self.path, self.faults, key, None, key.value)
                fix = f"did you mean {near[0]}?" if near else f"known are: {', '.join(known)}."
                place.fault(f"{key.value} is no field of {self.name}.", fix)
            elif self.value[key.value] is not None:
                found[key.value] = YamlValue(self.path, self.faults, node, self.value[key.value], key.value)
        for key in required:
            if key not in found:
                self.fault(f"{self.name} has no {key}.", f"add {key}: ...")
        return found

    def text(self) -> str:
        if isinstance(self.value, str) and self.value.strip():
            return self.value.strip()
        self.fault(f"{self.name} must be text.", "give it, in quotes if it looks like something else.")
        return ""

    def texts(self) -> tuple[str, ...]:
        """A list of texts."""
        if isinstance(self.value, list) and self.value and all(isinstance(each, str) for each in self.value):
            return tuple(self.value)
        self.fault(f"{self.name} must be a list of names.", "write them as [one, other].")
        return ()

    def integer(self, low: int, high: int) -> int:
        if isinstance(self.value, int) and not isinstance(self.value, bool) and low <= self.value <= high:
            return self.value
        self.fault(f"{self.name} must be a whole number from {low:,} to {high:,}.", "give such a number.")
        return low

    def number(self, low: float, high: float) -> float:
        """A number. YAML 1.1 reads 5e-6 as text, since it has no dot: that is taken as the number it is."""
        value = self.value
        if isinstance(value, str):
            try:
                value = float(value)
            except ValueError:
                value = math.nan
        if isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high:
            return float(value)
        self.fault(f"{self.name} must be a number from {low:g} to {high:g}.", "give such a number.")
        return low

    def truth(self) -> bool:
        if isinstance(self.value, bool):
            return self.value
        self.fault(f"{self.name} must be true or false.", "give one of the two.")
        return False

    def choice(self, options: Sequence[str]) -> str:
        if self.value in options:
            return str(self.value)
        self.fault(f"{self.name} is {self.value!s:.60}.", f"give one of: {', '.join(options)}.")
        return options[0]

    def plain(self) -> dict[str, Any]:
        """A mapping taken as it is."""
        if isinstance(self.value, dict) and all(isinstance(key, str) for key in self.value):
            return self.value
        self.fault(f"{self.name} must be a mapping of fields.", "write it as {name: value}.")
        return {}


def read_yaml(text: str, path: str) -> YamlValue:
    """A file's text as places. Raises `InputErrors` when it is no YAML at all."""
    try:
        node = yaml.compose(text, Loader)
        value = yaml.load(text, Loader)  # noqa: S506  # the loader is a safe one
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        problem = " ".join(str(error.problem or error.context or "not YAML").split())
        raise InputErrors(
            [
                InputError(
                    path, line, column, f"this is not YAML: {problem}.", "check indentation and colons here."
                )
            ]
        ) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        said = str(error).splitlines()[0]
        raise InputErrors(
            [InputError(path, 1, 1, f"this is not YAML: {said:.120}.", "check its syntax.")]
        ) from None
    if node is None:
        raise InputErrors([InputError(path, 1, 1, "the file is empty.", "give name, model, data, output.")])
    return YamlValue(path, [], node, value, "the recipe")
