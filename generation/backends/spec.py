"""Where a system's requests go, as its file says it: one frozen value."""

import json
import os
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from evalsite.core.digests import canonical_json
from generation.backends.base import Denied
from generation.backends.fake import BEHAVIOURS
from generation.backends.keys import find_key
from generation.backends.providers import PROVIDERS, provider_at
from generation.yaml_files import SLUG, Node

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
                fields[key].fault(f"{key} must be one word.", "use a name that vLLM knows, such as fp8.")
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
            "chat_template_kwargs has a value that JSON doesn't support.",
            "use texts, numbers, true and false.",
        )
        return ""


KINDS = ("openai", "fake", "vllm_engine")
MOST_IN_FLIGHT = 4096
MOST_ADDRESS = 400
_VARIABLE = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*$")
_TEXTS = ("base_url", "base_url_env", "key", "key_env", "model_path", "model_name")
_RATES = ("requests_per_minute", "tokens_per_minute")
_PRICES = ("price_in", "price_out")
_REST = (
    "timeout",
    "behaviour",
    "every",
    "delay",
    "in_flight",
    "adapters",
    "context",
    "eager",
    "engine",
    "provider",
    "key_optional",
)
LATER = ("provider", "key_optional", "engine", "key")
"""Fields that a record holds only where they have a value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackendSpec:
    """Where requests go. The address: a run's own, else the environment's `base_url_env`, else `base_url`.

    `key` names a key that the operator has configured with its hosts (`generation.backends.keys`). `key_env`
    names the environment variable that holds the key; with `key_optional` requests go without one where it is
    not set. `provider` says whose rules hold at the address; by default it follows from
    `base_url`. Rates are per minute and worker process, 0 is none. Prices are per million tokens, in
    whatever currency the limits of runs are given in.
    Of kind `vllm_engine`: `model_path` is the folder of the weights, `model_name` the name under which stages
    ask for it (by default the folder's), `adapters` are pairs of a name and a folder, `context` is the
    longest request in tokens (0: the model's own); `eager` starts sooner and runs slower; `engine` holds
    further settings of vLLM.
    """

    kind: str
    base_url: str = ""
    base_url_env: str = ""
    key_env: str = ""
    timeout: float = 300.0
    in_flight: int = 0
    requests_per_minute: float = 0.0
    tokens_per_minute: float = 0.0
    price_in: float = 0.0
    price_out: float = 0.0
    model_path: str = ""
    model_name: str = ""
    adapters: tuple[tuple[str, str], ...] = ()
    context: int = 0
    eager: bool = False
    engine: EngineSpec | None = None
    behaviour: str = "ok"
    every: int = 1
    delay: float = 0.0
    provider: str = ""
    key_optional: bool = False
    key: str = ""

    @property
    def key_label(self) -> str:
        """What its key is called on pages and in messages; empty where it has none."""
        return self.key or self.key_env

    @property
    def rules(self) -> str:
        """The provider whose rules hold, wherever requests are sent: `--base-url` may name a proxy of it."""
        return self.provider or provider_at(self.base_url)


def read_backend(node: Node) -> BackendSpec:
    """A backend from a system's file; what is wrong is told to the node's document."""
    fields = node.mapping(required=("kind",), optional=(*_TEXTS, *_RATES, *_PRICES, *_REST))
    values: dict[str, Any] = {key: fields[key].text(most=500) for key in _TEXTS if key in fields}
    if (url := values.get("base_url")) and (wrong := wrong_address(url)):
        fields["base_url"].fault(*wrong)
    for key in ("base_url_env", "key_env"):
        if values.get(key) and not _VARIABLE.match(values[key]):
            # Not quoted: a key written here by mistake must not appear in a message.
            fields[key].fault(
                f"{key} isn't the name of an environment variable.", "write its name, such as MY_KEY."
            )
    if values.get("key") and not SLUG.match(values["key"]):
        fields["key"].fault(
            "key isn't the name of a configured key.", "write a name of the file API_KEYS_FILE."
        )
    if values.get("key") and values.get("key_env"):
        fields["key_env"].fault("key and key_env are both given.", "keep one of the two.")
    values |= {key: fields[key].number(1, 1e9) for key in _RATES if key in fields}
    values |= {key: fields[key].number(0, 1e6) for key in _PRICES if key in fields}
    if "timeout" in fields:
        values["timeout"] = fields["timeout"].number(0.1, 3600)
    if "delay" in fields:
        values["delay"] = fields["delay"].number(0, 3600)
    if "behaviour" in fields:
        values["behaviour"] = fields["behaviour"].choice(BEHAVIOURS)
    if "every" in fields:
        values["every"] = fields["every"].integer(1, 1000)
    if "in_flight" in fields:
        values["in_flight"] = fields["in_flight"].integer(1, MOST_IN_FLIGHT)
    if "context" in fields:
        values["context"] = fields["context"].integer(1, 10_000_000)
    if "provider" in fields:
        values["provider"] = fields["provider"].choice(tuple(PROVIDERS))
    values |= {key: fields[key].truth() for key in ("eager", "key_optional") if key in fields}
    if "engine" in fields:
        values["engine"] = read_engine(fields["engine"])
        if values["engine"].max_model_len and "context" in fields:
            fields["context"].fault("context and max_model_len are the same setting.", "remove context.")
    if "adapters" in fields:
        pairs = fields["adapters"].sequence(least=1, most=64)
        values["adapters"] = tuple(_adapter(each) for each in pairs)
    kind = fields["kind"].value if "kind" in fields else ""
    if "engine" in fields and kind != "vllm_engine":
        fields["engine"].fault("engine is only for the kind vllm_engine.", "remove the block.")
    if kind == "vllm_engine" and "model_path" not in fields:
        node.fault("the kind vllm_engine needs model_path.", "give the folder of the weights.")
    return BackendSpec(kind=fields["kind"].choice(KINDS) if "kind" in fields else "", **values)


def _adapter(node: Node) -> tuple[str, str]:
    fields = node.mapping(required=("name", "path"))
    texts = [fields[key].text(most=500) if key in fields else "" for key in ("name", "path")]
    return texts[0], texts[1]


def wrong_address(url: str) -> tuple[str, str] | None:
    """What is wrong with a server's address, and the fix. Addresses are stored and displayed, so they hold no
    key.
    """
    try:
        parts = urlsplit(url)
        known = parts.scheme in ("http", "https") and parts.hostname and (parts.port or 1)
    except ValueError:
        known = None
    if not known or len(url) > MOST_ADDRESS or re.search(r"[\s\\]", url):
        return "this isn't a server address.", "write it as http://host:8000/v1, or with https://."
    if parts.username is not None or parts.password is not None:
        return (
            "an address can't contain a user name or a key.",
            "remove it, and use a configured key instead.",
        )
    if parts.query or parts.fragment:
        return "an address can't contain ? or #.", "remove that part, and use a configured key instead."
    return None


def lacks_key(backend: BackendSpec) -> bool:
    """Whether this process does not have the key that a backend wants. Another worker may."""
    if backend.key:
        try:
            return not find_key(backend.key).read()
        except Denied:
            return True
    wanted = bool(backend.key_env) and not backend.key_optional
    return wanted and not os.environ.get(backend.key_env, "").strip()


def address_of(backend: BackendSpec, base_url: str = "") -> str:
    """Where requests go: the address given, else the environment's, else its own.

    A backend that needs no server has its kind and a colon for an address.
    """
    if backend.kind != "openai":
        return f"{backend.kind}:{backend.model_path}"[:500]
    named = os.environ.get(backend.base_url_env, "") if backend.base_url_env else ""
    if wrong_address(named):  # DATABASE_URL, for instance: addresses are stored and displayed
        named = ""
    return (base_url or named or backend.base_url).rstrip("/")
