"""What providers differ in behind the one OpenAI-compatible address, and how a request looks to each. Pure.

body_of(request, provider)      # the JSON that is sent
ignored_in(body, provider)      # which of its parameters the provider is documented to ignore
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from generation.backends.base import Request


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider.

    `thinking` makes of a budget of tokens what is sent for it; without it the provider takes no budget.
    `ignored` are parameters that its documentation says are ignored.
    `lists_models` says whether its OpenAI-compatible address lists models. `shared` is a service that many
    use and that bills each request: only what is needed is tried there.
    """

    host: str = ""
    thinking: Callable[[int], dict[str, Any]] | None = None
    ignored: frozenset[str] = frozenset()
    lists_models: bool = True
    shared: bool = True


PROVIDERS: Mapping[str, Provider] = {
    # https://platform.claude.com/docs/en/api/openai-sdk: thinking through extra_body, and the ignored fields.
    "anthropic": Provider(
        host="api.anthropic.com",
        thinking=lambda budget: {"thinking": {"type": "enabled", "budget_tokens": budget}},
        ignored=frozenset(
            {
                "audio",
                "frequency_penalty",
                "logit_bias",
                "logprobs",
                "metadata",
                "modalities",
                "prediction",
                "presence_penalty",
                "reasoning_effort",
                "response_format",
                "seed",
                "service_tier",
                "store",
                "top_logprobs",
                "user",
            }
        ),
        lists_models=False,
    ),
    # https://ai.google.dev/gemini-api/docs/openai: the budget of Gemini 2.5; later models have levels.
    "gemini": Provider(
        host="generativelanguage.googleapis.com",
        thinking=lambda budget: {"extra_body": {"google": {"thinking_config": {"thinking_budget": budget}}}},
    ),
    "openai": Provider(host="api.openai.com"),
    # https://docs.vllm.ai/en/latest/features/reasoning_outputs.html
    "vllm": Provider(thinking=lambda budget: {"thinking_token_budget": budget}, shared=False),
}
UNKNOWN = Provider(shared=False)
"""Any other OpenAI-compatible server."""


def provider_at(address: str) -> str:
    """The provider that an address belongs to; the empty string where it is none of those known."""
    host = urlsplit(address).hostname or ""
    return next((name for name, each in PROVIDERS.items() if each.host and each.host == host), "")


def body_of(request: Request, provider: str = "") -> dict[str, Any]:
    """The JSON of a chat completion: what the system's file states, and nothing else.

    Raises `ValueError` where a thinking budget cannot be sent to the provider.
    """
    stated, limit = request.sampling, request.sampling.limit
    body: dict[str, Any] = {
        "model": request.model,
        "messages": [{"role": role, "content": content} for role, content in request.messages],
        "temperature": stated.temperature,
        "top_p": stated.top_p,
        "max_completion_tokens" if stated.max_completion_tokens else "max_tokens": limit,
        "seed": stated.seed,
        "stop": list(stated.stop) or None,
        "reasoning_effort": stated.reasoning_effort or None,
        "chat_template_kwargs": dict(stated.chat_template_kwargs) or None,
    }
    body = {name: value for name, value in body.items() if value is not None}
    if stated.thinking_budget is not None:
        thinking = PROVIDERS.get(provider, UNKNOWN).thinking
        if thinking is None:
            raise ValueError("this provider takes no thinking budget")
        body |= thinking(stated.thinking_budget)
    return {**body, **request.structured, **stated.extra_body}


def ignored_in(body: Mapping[str, Any], provider: str) -> list[str]:
    """The parameters of a body that its provider is documented to ignore."""
    return sorted(PROVIDERS.get(provider, UNKNOWN).ignored & set(body))


def stated_name(parameter: str) -> str:
    """What a system's file calls a parameter of a body."""
    return "thinking_budget" if parameter in ("thinking", "thinking_token_budget") else parameter
