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
    "answers-refused": "answers refused: {count}; the last: {reason}",
    "requests-failed": "requests failed: {count}; the last: {reason}",
    "brief-changed": "the brief has changed since the run was planned",
    "prompt-changed": "prompt {prompt} has changed since the run was planned",
    "equal": "equal to that of sample {sample}",
    "worker-gone": "the worker that sent it went away",
    "no-script": "this text contains no script.",
    # Prompts
    "prompt-asks": "prompt {prompt} asks for {names}",
    "prompt-form": "prompt {prompt} has no part '%% user', or a $ that names nothing",
    "prompt-empty": "prompt {prompt} has a part with nothing in it",
    "prompt-none": "there is no prompt '{prompt}' in '{language_code}'",
    "prompt-long": "prompt {prompt} is longer than {most} bytes",
    "prompt-encoding": "prompt {prompt} cannot be read as UTF-8",
    # Why a run paused by itself
    "limit-tokens": "the next request could pass the limit of {limit} tokens",
    "limit-cost": "the next request could pass the limit of {limit}",
    "not-mixed": "the latest check of {address} does not let adapters be mixed there",
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
    "status-moved": "status {status}: it redirects to {place}, which is not followed",
    "status-error": "status 200 with an error: {said}",
    "no-answer": "{address} does not answer: {said}",
    "broke-off": "{address} broke off before its answer was whole: {said}",
    "timeout": "no whole answer within {seconds} s",
    "no-key": "the environment variable {name}, which holds this system's key, is not set",
    "keys-file": "the file of API keys has an error: {said}",
    "key-unknown": "no key named {name} is configured",
    "key-host": "the key {name} may only be sent to {hosts}, not to {address}",
    "key-missing": "the key {name} isn't set on this machine",
    "not-a-key": "{name} holds what cannot be a key: it is not plain ASCII",
    "no-credit": "the account has no credit left ({said})",
    "bad-key": "the server does not accept the key ({said})",
    "bad-key-named": "the server does not accept the key in {name} ({said})",
    "not-allowed": "the server does not allow this with the key ({said})",
    "not-allowed-named": "the server does not allow this with the key in {name} ({said})",
    "no-model": "the server has no model {name} ({said})",
    "no-model-for-key": "the server has no model {name} for this key ({said})",
    "parameters-refused": "the server refuses {names} ({said})",
    "rate-limit": "rate limit reached ({said})",
    "server-busy": "the server is busy ({said})",
    "no-thinking-budget": "the request cannot be written: this provider takes no thinking budget",
    "too-many-bytes": "the answer is longer than {most} bytes",
    "answer-not-json": "the answer is not JSON",
    "answer-not-object": "the answer is not a JSON object",
    "no-choices": "the answer has no choices",
    "models-no-data": "the list of models has no data",
    "circuit-open": "the server failed so often that it is left alone for a while",
    "run-under-way": "requests of a run are under way there",
    "engine-no-python": "the environment has no VLLM_PYTHON, which names the interpreter with vllm",
    "engine-bad-python": "VLLM_PYTHON cannot be run: {said}",
    "engine-slow": "the engine was not ready within {seconds} s",
    "engine-ended": "the engine has ended: {said}",
    "adapter-unreadable": "the adapter's {path} cannot be read: {said}",
    "adapter-no-rank": "{path} has no rank (r); the folder must hold a LoRA adapter",
    "adapter-rank": "{path} has rank {rank}; vLLM loads at most {most}",
    "fake-broke-off": "the fake broke off before its answer was whole",
    "fake-timeout": "no answer within the fake's time limit",
    # What stands inside reasons for refused answers
    "text-long": "the text is longer than {most} bytes",
    "no-scenes": "neither heading nor speech in it",
    "field-twice": "a field stands twice",
    "not-a-number": "{word} is no number",
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
