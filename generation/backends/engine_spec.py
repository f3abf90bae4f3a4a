"""The `engine` block of a system's file: the settings of vLLM's offline engine, by vLLM's own names."""

import json
import re
from dataclasses import dataclass
from typing import Any

from evalsite.core.digests import canonical_json
from generation.files import Node

DTYPES = ("auto", "half", "float16", "bfloat16", "float", "float32")
_WORD = re.compile(r"^[A-Za-z0-9_.-]+$")
_SET_HERE = frozenset({"messages", "conversation", "tokenize", "add_generation_prompt", "return_dict"})


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSpec:
    """Settings of vLLM's engine. What the file leaves out is None and is not passed to vLLM.

    `chat_template_kwargs` is JSON text, so that the value can be hashed.
    """

    tensor_parallel_size: int | None = None
    dtype: str | None = None
    quantization: str | None = None
    kv_cache_dtype: str | None = None
    max_model_len: int | None = None
    gpu_memory_utilization: float | None = None
    chat_template_kwargs: str = ""

    def options(self) -> dict[str, Any]:
        """Return the arguments of `vllm.LLM` that the file sets."""
        names = [name for name in EngineSpec.__slots__ if name != "chat_template_kwargs"]
        return {name: getattr(self, name) for name in names if getattr(self, name) is not None}

    def template_arguments(self) -> dict[str, Any]:
        """Return the arguments of the chat template."""
        given: dict[str, Any] = json.loads(self.chat_template_kwargs or "{}")
        return given


def read_engine(node: Node) -> EngineSpec:
    """Read the block; faults go to the node's document."""
    fields = node.mapping(required=(), optional=EngineSpec.__slots__)
    values: dict[str, Any] = {}
    if "tensor_parallel_size" in fields:
        values["tensor_parallel_size"] = fields["tensor_parallel_size"].integer(1, 1024)
    if "dtype" in fields:
        values["dtype"] = fields["dtype"].choice(DTYPES)
    for key in ("quantization", "kv_cache_dtype"):
        if key in fields:
            values[key] = fields[key].text(most=60)
            if values[key] and not _WORD.match(values[key]):
                fields[key].fault(f"{key} is not one word.", "use a name that vLLM knows, such as fp8.")
    if "max_model_len" in fields:
        values["max_model_len"] = fields["max_model_len"].integer(1, 10_000_000)
    if "gpu_memory_utilization" in fields:
        values["gpu_memory_utilization"] = fields["gpu_memory_utilization"].number(0.01, 1)
    if "chat_template_kwargs" in fields:
        values["chat_template_kwargs"] = _template_arguments(fields["chat_template_kwargs"])
    return EngineSpec(**values)


def _template_arguments(node: Node) -> str:
    if not isinstance(node.value, dict):
        node.fault("chat_template_kwargs must be a mapping.", "write {enable_thinking: false}, for example.")
        return ""
    if taken := sorted(_SET_HERE & set(map(str, node.value))):
        node.fault(f"{', '.join(taken)} is set by the platform.", "remove it.")
    try:
        return canonical_json(dict(node.value))
    except (TypeError, ValueError):
        node.fault(
            "chat_template_kwargs holds a value that JSON cannot.", "use texts, numbers, true and false."
        )
        return ""
