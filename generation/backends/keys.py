"""API keys that the operator configures: a name, where the key is, and the hosts that may receive it.

The file that `API_KEYS_FILE` names:

    openai:
      variable: OPENAI_API_KEY          # or file: /run/secrets/openai
      hosts: [api.openai.com]

Systems and runs only store the name. The key is read when a request is sent, and only for one of its hosts.
"""

import os
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from evalsite.core.errors import InputErrors
from evalsite.core.reason_codes import Reason, sentence
from generation.backends.base import Denied
from generation.yaml_files import SLUG, Node, read_yaml

VARIABLES = frozenset({"ANTHROPIC_API_KEY", "GEMINI_API_KEY", "OPENAI_API_KEY", "VLLM_API_KEY"})
"""Those that `key_env` of a system's file may name. The operator adds others by `API_KEY_VARIABLES`."""
PORTS = {"http": 80, "https": 443}
MOST_HOSTS = 50
MOST_KEY_BYTES = 10_000
_HOST = re.compile(r"^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|[0-9a-f:]*:[0-9a-f:.]*)$")
_VARIABLE = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*$")


@dataclass(frozen=True, slots=True)
class ApiKey:
    """One configured key. `origins` are `scheme://host:port`; `hosts` are as the file writes them."""

    name: str
    hosts: tuple[str, ...]
    origins: tuple[str, ...]
    variable: str = ""
    file: str = ""

    def fits(self, address: str) -> bool:
        """Whether the key may be sent to an address."""
        origin = origin_of(address)
        return bool(origin) and origin in self.origins

    def read(self) -> str:
        """The key itself; the empty string where this process does not have it."""
        if self.variable:
            return os.environ.get(self.variable, "").strip()
        try:
            with Path(self.file).open("rb") as handle:
                return handle.read(MOST_KEY_BYTES).decode("utf-8", "replace").strip()
        except OSError:
            return ""


def origin_of(address: str) -> str:
    """Scheme, host and port of an address in one spelling; the empty string where they are not plain."""
    try:
        parts = urlsplit(address)
        host, port = (parts.hostname or "").lower(), parts.port or PORTS.get(parts.scheme, 0)
    except ValueError:
        return ""
    plain = parts.scheme in PORTS and _HOST.match(host) and "@" not in parts.netloc
    return f"{parts.scheme}://{host}:{port}" if plain else ""


def load_keys() -> dict[str, ApiKey]:
    """The configured keys by name; none where `API_KEYS_FILE` is not set. Raises `InputErrors`."""
    given = os.environ.get("API_KEYS_FILE", "").strip()
    if not given:
        return {}
    path = Path(given)
    try:
        changed = path.stat().st_mtime_ns
    except OSError as error:
        message = sentence("the file of API keys can't be read (%(said)s).", said=str(error.strerror))
        raise InputErrors.single(
            given, message, sentence("check the path in API_KEYS_FILE and its permissions.")
        ) from None
    return dict(_read(path, changed))


@lru_cache(maxsize=4)
def _read(path: Path, changed: int) -> dict[str, ApiKey]:
    """The keys of a file as it was changed last."""
    document, root = read_yaml(path)
    keys = {}
    if not isinstance(root.value, dict):
        root.fault("the file must map names to keys.", "write name: {variable: MY_KEY, hosts: [...]}.")
    else:
        for name, node in root.mapping(required=(), optional=tuple(root.value)).items():
            if not SLUG.match(str(name)):
                node.fault(
                    f"{name!s:.40} is not a valid name.", "use lower-case letters, digits and single hyphens."
                )
            keys[str(name)] = _key(str(name), node)
    document.refuse()
    return keys


def _key(name: str, node: Node) -> ApiKey:
    fields = node.mapping(required=("hosts",), optional=("variable", "file"))
    variable = fields["variable"].text(most=200) if "variable" in fields else ""
    if variable and not _VARIABLE.match(variable):
        # Not quoted: a key written here by mistake must not appear in a message.
        fields["variable"].fault(
            "variable isn't the name of an environment variable.", "write its name, such as OPENAI_API_KEY."
        )
    file = fields["file"].text(most=500) if "file" in fields else ""
    if isinstance(node.value, dict) and bool(variable) == bool(file):
        node.fault("give either variable or file.", "variable: NAME, or file: /path/to/the/key.")
    hosts = (
        [each.text(most=300) for each in fields["hosts"].sequence(least=1, most=MOST_HOSTS)]
        if ("hosts" in fields)
        else []
    )
    origins = []
    for host in filter(None, hosts):
        origin = origin_of(host if "://" in host else f"https://{host}")
        if not origin or urlsplit(host if "://" in host else f"https://{host}").path.strip("/"):
            fields["hosts"].fault(
                f"{host!s:.100} isn't a host.",
                "write api.example.com, or http://127.0.0.1:8001 for plain HTTP.",
            )
        origins.append(origin)
    return ApiKey(name, tuple(hosts), tuple(origins), variable, file)


def read_variable(name: str) -> str:
    """The value of an environment variable that a system's file names; empty where it is not set.

    Raises `Denied` for one that is not meant for keys: a file must not send SECRET_KEY or DATABASE_URL away.
    """
    allowed = os.environ.get("API_KEY_VARIABLES", "").replace(",", " ").split()
    if name not in VARIABLES and name not in allowed:
        raise Denied(Reason("key-variable", name=name))
    return os.environ.get(name, "").strip()


def configured_key(name: str) -> ApiKey | None:
    """The key of a name, where this process knows it."""
    try:
        return load_keys().get(name)
    except InputErrors:
        return None


def is_named_host(address: str) -> bool:
    """Whether the operator has configured any key for the host of an address."""
    try:
        return any(key.fits(address) for key in load_keys().values())
    except InputErrors:
        return False


def find_key(name: str) -> ApiKey:
    """The key of a name. Raises `Denied` where it is not configured here."""
    try:
        key = load_keys().get(name)
    except InputErrors as refused:
        first = refused.errors[0]
        raise Denied(Reason("keys-file", said=f"{first.message} ({first.line}:{first.column})")) from None
    if key is None:
        raise Denied(Reason("key-unknown", name=name))
    return key


def read_key_for(name: str, address: str) -> str:
    """The key of a name for one address. Raises `Denied` where it must not be sent there, or is not set."""
    key = find_key(name)
    if not key.fits(address):
        raise Denied(Reason("key-host", name=name, address=address, hosts=", ".join(key.hosts)))
    value = key.read()
    if not value:
        raise Denied(Reason("key-missing", name=name))
    return value
