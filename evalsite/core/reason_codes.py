"""Reasons of runs, jobs, attempts and answers: a code with parameters, and its English text. Pure.

    Reason("answers-refused", count=3, reason=Reason("empty"))

A `Reason` is its English text, so consoles, logs and exports print it as it is. It is stored as
`{code, params}` (`generation.models.fields.ReasonField`), and pages show it in the reader's language
(`generation.reasons.render`). Parameters may be reasons themselves. What another program said is a parameter
too, kept as it came.
"""

import re
from collections.abc import Mapping
from typing import Any

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

MOST = 2000
"""The longest text of a parameter that is stored."""

TEXTS: dict[str, str] = {
    # Why a job ended, and notes on finished ones
    "answers-refused": "answers rejected: {count}; last reason: {reason}",
    "requests-failed": "requests failed: {count}; last error: {reason}",
    "brief-changed": "the brief has changed since the run started",
    "prompt-changed": "prompt {prompt} has changed since the run started",
    "equal": "same text as sample {sample}",
    "worker-gone": "the worker stopped before the answer arrived",
    "no-script": "this text contains no script.",
    # Prompts
    "prompt-asks": "prompt {prompt} needs variables that are missing: {names}",
    "prompt-form": "prompt {prompt} has no '%% user' part, or a $ without a name",
    "prompt-empty": "prompt {prompt} has an empty part",
    "prompt-none": "there is no prompt {prompt} for language {language_code}",
    "prompt-long": "prompt {prompt} is larger than {most} bytes",
    "prompt-encoding": "prompt {prompt} isn't UTF-8",
    # Why a run paused by itself
    "limit-tokens": "the next request could exceed the limit of {limit} tokens",
    "limit-cost": "the next request could exceed the limit of {limit}",
    "not-mixed": "the latest check of {address} doesn't allow mixing adapters",
    # Kinds of failed requests, named like the exceptions
    "Unreachable": "Unreachable: {reason}",
    "TooSlow": "TooSlow: {reason}",
    "Busy": "Busy: {reason}",
    "ServerError": "ServerError: {reason}",
    "Malformed": "Malformed: {reason}",
    "CircuitOpen": "CircuitOpen: {reason}",
    "Denied": "Denied: {reason}",
    "Rejected": "Rejected: {reason}",
    # Failed requests
    "foreign": "{said}",
    "status": "status {status}",
    "status-said": "status {status}: {said}",
    "status-moved": "status {status}: redirects to {place} are not followed",
    "status-error": "status 200 with an error: {said}",
    "no-answer": "{address} isn't responding: {said}",
    "broke-off": "{address} disconnected before the answer was complete: {said}",
    "timeout": "no complete answer within {seconds} s",
    "key-variable": "{name} isn't a variable for keys; the operator can allow it in API_KEY_VARIABLES",
    "no-key": "the environment variable {name} with this system's key isn't set",
    "keys-file": "the file of API keys has an error: {said}",
    "key-unknown": "no key named {name} is configured",
    "key-host": "the key {name} may only be sent to {hosts}, not to {address}",
    "key-missing": "the key {name} isn't set on this machine",
    "not-a-key": "{name} isn't a valid key: it contains non-ASCII characters",
    "no-credit": "the account has no credit left ({said})",
    "bad-key": "the server rejected the key ({said})",
    "bad-key-named": "the server rejected the key {name} ({said})",
    "not-allowed": "the key isn't allowed to do this ({said})",
    "not-allowed-named": "the key {name} isn't allowed to do this ({said})",
    "no-model": "the server has no model {name} ({said})",
    "no-model-for-key": "this key has no access to model {name} ({said})",
    "parameters-refused": "the server rejected these parameters: {names} ({said})",
    "rate-limit": "rate limit reached ({said})",
    "server-busy": "the server is busy ({said})",
    "no-thinking-budget": "this provider doesn't support a thinking budget",
    "too-many-bytes": "the answer is larger than {most} bytes",
    "answer-not-json": "the answer is not JSON",
    "answer-not-object": "the answer is not a JSON object",
    "no-choices": "the answer has no choices",
    "models-no-data": "the model list is empty",
    "circuit-open": "paused because the server failed repeatedly",
    "run-under-way": "a run is using this server",
    "engine-no-python": "VLLM_PYTHON isn't set (the Python interpreter with vllm)",
    "engine-bad-python": "VLLM_PYTHON can't be run: {said}",
    "engine-slow": "the engine didn't start within {seconds} s",
    "engine-ended": "the engine stopped: {said}",
    "adapter-unreadable": "the adapter's {path} can't be read: {said}",
    "adapter-no-rank": "{path} has no rank (r); the folder must contain a LoRA adapter",
    "adapter-rank": "{path} has rank {rank}; vLLM supports at most {most}",
    "fake-broke-off": "the fake server disconnected before the answer was complete",
    "fake-timeout": "no answer within the fake server's time limit",
    # What stands inside reasons for refused answers
    "text-long": "the text is larger than {most} bytes",
    "no-scenes": "no scene heading or dialogue",
    "field-twice": "a field occurs twice",
    "not-a-number": "{word} isn't a number",
}
"""English texts by code. Refusals of answers (`generation.pipelines.refusals`) and other apps add theirs."""


class Reason(str):
    """An English text that keeps its code and parameters.

    See `sentence` for codes that are texts themselves.
    """

    __slots__ = ("code", "params")
    code: str
    params: Mapping[str, Any]

    def __new__(cls, code: str, /, **params: Any) -> "Reason":
        params = {key: _storable(each) for key, each in params.items()}
        made = super().__new__(cls, _english(code, params))
        made.code, made.params = code, params
        return made

    def __str__(self) -> "Reason":
        """Return the reason itself: `str(error)` of an exception with a reason keeps the code."""
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return load, (self.as_record(),)

    def as_record(self) -> dict[str, Any]:
        """Return `{code, params}` as it is stored."""
        return {"code": self.code, "params": {key: _plain(each) for key, each in self.params.items()}}


def _english(code: str, params: Mapping[str, Any]) -> str:
    if code in TEXTS:
        return TEXTS[code].format(**params)
    return code % params if params else code


def sentence(template: str, /, **params: Any) -> Reason:
    """Return a message whose template is its code, as in Django's forms: `"the PDF has %(count)s pages."`.

    Errors of input use it, because each has its own message and nothing compares them. The templates are
    messages of the catalogue without a context.
    """
    return Reason(template, **params)


def load(record: Mapping[str, Any] | str | None) -> str:
    """Return the reason of a stored record; the empty string where nothing is stored."""
    if not record or isinstance(record, str):
        return str(record or "")
    params = record.get("params", {})
    return Reason(record["code"], **{key: _loaded(each) for key, each in params.items()})


def reason_of(text: str) -> Reason:
    """Return a text as a reason: the words of another program where it has no code."""
    return text if isinstance(text, Reason) else Reason("foreign", said=text)


def _plain(value: Any) -> Any:
    if isinstance(value, Reason):
        return value.as_record()
    return value[:MOST] if isinstance(value, str) else value


def _loaded(value: Any) -> Any:
    return load(value) if isinstance(value, Mapping) and "code" in value else value


def _storable(value: Any) -> Any:
    """Return a text without what the database cannot hold: NUL, and halves of surrogate pairs."""
    if isinstance(value, str) and not isinstance(value, Reason):
        return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", value)
    return value
