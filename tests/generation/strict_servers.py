"""Local servers that hold a client to what four providers document for `/chat/completions`.

They refuse what the documentation says is refused, and everything that it does not mention: unknown fields,
unknown roles, other content types. Each rule names the page that it comes from. Nothing here is shared with
the client; the texts come from `canned`, which also answers for the fake backend.

Pages, read in November 2026:

CLAUDE    https://platform.claude.com/docs/en/api/openai-sdk (fields, ignored fields, error format)
CLAUDE5   https://platform.claude.com/docs/en/models/sonnet-5-5/migration-guide (what returns a 400)
CLAUDE45  https://platform.claude.com/docs/en/about-claude/models/migrating-to-claude-4 (temperature or top_p)
THINKING  https://platform.claude.com/docs/en/build-with-claude/extended-thinking (budgets)
ERRORS    https://platform.claude.com/docs/en/api/errors (statuses)
OPENAI    https://developers.openai.com/api/reference/resources/chat (fields; aliases answer as snapshots)
REASONING https://developers.openai.com/api/docs/guides/reasoning (reasoning counts as output)
CHECKLIST https://developers.openai.com/api/docs/guides/deployment-checklist (sampling parameters removed)
GEMINI    https://ai.google.dev/gemini-api/docs/openai (fields, `extra_body.google.thinking_config`)
GEMINI25  https://ai.google.dev/gemini-api/docs/thinking (budgets of 2.5 Pro: 128 to 32,768)
GEMINI4   https://ai.google.dev/gemini-api/docs/generate-content/latest-model (levels in place of budgets)
TROUBLE   https://ai.google.dev/gemini-api/docs/troubleshooting (statuses; a bad key is a 400)
VLLM      https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html (fields, `--api-key`)
"""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from generation.backends import canned

KEY = "the-right-key-of-this-account"
THOUGHTS = 6000
"""Tokens that a thinking model spends before it answers, where no budget bounds it."""


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


class Refused(Exception):
    def __init__(self, status: int, message: str, *, code: str = "", param: str = "", **headers: str) -> None:
        super().__init__(message)
        self.status, self.code, self.param = status, code, param
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


class StrictServer:
    """One provider. `busy` requests are turned away first; `requests` are the accepted bodies."""

    root = "/v1"
    models: tuple[str, ...] = ()
    fields: frozenset[str] = frozenset()
    roles = ("system", "user", "assistant")
    lists_models = True

    def __init__(self, *, busy: int = 0, key: str = KEY, models: tuple[str, ...] | None = None) -> None:
        self.busy, self.key = busy, key
        self.known = self.models if models is None else models
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self._lock = threading.Lock()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}{self.root}"

    def __enter__(self) -> "StrictServer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._answer(lambda: server.list_models(self))

            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                self._answer(lambda: server.complete(self, raw))

            def _answer(self, work: Any) -> None:
                try:
                    status, body, headers = 200, work(), {}
                except Refused as refused:
                    status, body, headers = refused.status, server.error(refused), refused.headers
                sent = json.dumps(body).encode()
                self.send_response(status)
                for name, value in {"Content-Type": "application/json", **headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(sent)))
                self.end_headers()
                self.wfile.write(sent)

            def log_message(self, *args: object) -> None:
                pass

        return Handler

    # What a provider differs in

    def answers_as(self, model: str) -> str:
        """The name of the model in an answer."""
        return model

    def unauthorized(self) -> Refused:
        return Refused(401, "Incorrect API key provided.", code="invalid_api_key")

    def unknown_model(self, model: str) -> Refused:
        message = f"The model `{model}` does not exist or you do not have access to it."
        return Refused(404, message, code="model_not_found")

    def too_many(self) -> Refused:
        return Refused(429, "Rate limit reached.", code="rate_limit_exceeded", Retry_After="1")

    def error(self, refused: Refused) -> Any:
        return {
            "error": {
                "message": str(refused),
                "type": "invalid_request_error",
                "param": refused.param or None,
                "code": refused.code or None,
            }
        }

    def check(self, body: dict[str, Any]) -> None:
        """Raise `Refused` for what this provider does not take."""

    def thoughts(self, body: dict[str, Any]) -> int:
        return 0

    def usage(self, prompt: int, answer: int, thoughts: int) -> dict[str, Any]:
        return {
            "prompt_tokens": prompt,
            "completion_tokens": answer + thoughts,
            "total_tokens": prompt + answer + thoughts,
        }

    # What all have in common

    def list_models(self, http: BaseHTTPRequestHandler) -> dict[str, Any]:
        self._authorize(http)
        if not self.lists_models or http.path != f"{self.root}/models":
            raise Refused(404, "Not found", code="not_found_error")
        return {"object": "list", "data": [{"id": name, "object": "model"} for name in self.known]}

    def complete(self, http: BaseHTTPRequestHandler, raw: bytes) -> dict[str, Any]:
        if http.path != f"{self.root}/chat/completions":
            raise Refused(404, "Not found", code="not_found_error")
        self._authorize(http)
        if http.headers.get_content_type() != "application/json":
            raise Refused(400, "Content-Type must be application/json")
        body = json.loads(raw)
        with self._lock:
            if self.busy:
                self.busy -= 1
                raise self.too_many()
        if strangers := set(body) - self.fields - {"model", "messages"}:
            name = min(strangers)
            raise Refused(400, f"Unrecognized request argument supplied: {name}", param=name)
        if body.get("model") not in self.known:
            raise self.unknown_model(str(body.get("model")))
        if any(value is None for value in body.values()):
            raise Refused(400, "null is not a value of any parameter")
        self._check_messages(body.get("messages"))
        self.check(body)
        with self._lock:
            self.requests.append(body)
            self.headers.append(dict(http.headers))
        return self._completion(body)

    def _authorize(self, http: BaseHTTPRequestHandler) -> None:
        if self.key and http.headers.get("Authorization") != f"Bearer {self.key}":
            raise self.unauthorized()

    def _check_messages(self, messages: Any) -> None:
        if not isinstance(messages, list) or not messages:
            raise Refused(400, "messages must be a list of at least one message", param="messages")
        for each in messages:
            if set(each) != {"role", "content"} or each["role"] not in self.roles:
                raise Refused(400, f"this message is not allowed: {sorted(each)}", param="messages")
            if not isinstance(each["content"], str) or not each["content"].strip():
                raise Refused(400, "content must be a text that is not empty", param="messages")
        if messages[-1]["role"] != "user":
            raise Refused(400, "the last message must be the user's", param="messages")

    def _completion(self, body: dict[str, Any]) -> dict[str, Any]:
        messages = [(each["role"], each["content"]) for each in body["messages"]]
        text, reason = canned.answer(messages, body.get("seed", len(self.requests))), "stop"
        most = body.get("max_completion_tokens", body.get("max_tokens"))
        thoughts = self.thoughts(body)
        if most is not None and thoughts + len(text) // 4 > most:
            thoughts = min(thoughts, most)
            text, reason = text[: (most - thoughts) * 4], "length"
        prompt = sum(len(content) for _, content in messages) // 4
        return {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1,
            "model": self.answers_as(body["model"]),
            "choices": [
                {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": reason}
            ],
            "usage": self.usage(prompt, len(text) // 4, thoughts),
        }


class Claude(StrictServer):
    models = ("claude-sonnet-5-5", "claude-sonnet-4-5-20250929", "claude-sonnet-4-20250514")
    lists_models = False  # CLAUDE describes /chat/completions alone
    roles = ("system", "developer", "user", "assistant")
    # CLAUDE, "Simple fields", with the ignored ones; `thinking` through extra_body.
    fields = _names(
        "max_tokens max_completion_tokens stream stream_options top_p parallel_tool_calls stop temperature n "
        "logprobs metadata response_format prediction presence_penalty frequency_penalty seed service_tier "
        "audio logit_bias store user modalities top_logprobs reasoning_effort thinking"
    )

    def unauthorized(self) -> Refused:
        return Refused(401, "invalid x-api-key", code="authentication_error")

    def unknown_model(self, model: str) -> Refused:
        return Refused(404, f"model: {model}", code="not_found_error")

    def too_many(self) -> Refused:
        message = "This request would exceed your organization's rate limit of 50 requests per minute."
        return Refused(429, message, code="rate_limit_error", Retry_After="1")

    def error(self, refused: Refused) -> Any:
        # CLAUDE: "consistent error formats with the OpenAI API", other messages.
        kind = refused.code or "invalid_request_error"
        return {"error": {"code": kind, "message": str(refused), "type": kind, "param": None}}

    def check(self, body: dict[str, Any]) -> None:
        if body.get("n", 1) != 1:  # CLAUDE: must be exactly 1
            raise Refused(400, "n must be 1")
        five = body["model"].startswith("claude-sonnet-5")
        for name in ("temperature", "top_p"):
            if five and name in body:  # CLAUDE5
                raise Refused(400, f"`{name}` is deprecated for this model.")
        if "4-5" in body["model"] and {"temperature", "top_p"} <= set(body):  # CLAUDE45
            message = (
                "`temperature` and `top_p` cannot both be specified for this model. Please use only one."
            )
            raise Refused(400, message)
        thinking = body.get("thinking")
        if thinking is None:
            return
        if five and thinking.get("type") != "adaptive":  # CLAUDE5
            raise Refused(400, f'"thinking.type.{thinking.get("type")}" is not supported for this model.')
        budget = thinking.get("budget_tokens", 0)
        most = body.get("max_tokens", body.get("max_completion_tokens", 0))
        if not five and not 1024 <= budget < most:  # THINKING
            raise Refused(
                400, "`max_tokens` must be greater than `thinking.budget_tokens`, which is 1024 or more"
            )
        if not five and body.get("temperature", 1) != 1:  # THINKING
            raise Refused(400, "`temperature` may only be set to 1 when thinking is enabled.")

    def thoughts(self, body: dict[str, Any]) -> int:
        if body["model"].startswith("claude-sonnet-5"):  # CLAUDE5: on by default, counts against max_tokens
            return THOUGHTS
        return int(body.get("thinking", {}).get("budget_tokens", 0))


class OpenAI(StrictServer):
    models = ("gpt-6.1-sol", "gpt-5")
    roles = ("developer", "system", "user", "assistant")
    # OPENAI, without what only tools and audio use.
    fields = _names(
        "max_completion_tokens max_tokens stop temperature top_p seed n reasoning_effort verbosity "
        "response_format metadata store user presence_penalty frequency_penalty service_tier"
    )

    def answers_as(self, model: str) -> str:
        return f"{model}-2026-08-07"

    def unauthorized(self) -> Refused:
        message = "Incorrect API key provided: wrong. You can find your API key in your account."
        return Refused(401, message, code="invalid_api_key")

    def too_many(self) -> Refused:
        message = "Rate limit reached for gpt-6.1-sol: limit 3, used 3, requested 1."
        headers = {"Retry_After": "1", "retry_after_ms": "900"}
        return Refused(429, message, code="rate_limit_exceeded", **headers)

    def check(self, body: dict[str, Any]) -> None:
        if "max_tokens" in body:  # REASONING
            message = "Unsupported parameter: 'max_tokens' is not supported with this model. "
            message += "Use 'max_completion_tokens' instead."
            raise Refused(400, message, code="unsupported_parameter", param="max_tokens")
        for name in ("temperature", "top_p", "presence_penalty", "frequency_penalty"):  # CHECKLIST
            if name in body and body.get("reasoning_effort") != "none":
                message = f"Unsupported parameter: '{name}' is not supported with this model."
                raise Refused(400, message, code="unsupported_parameter", param=name)
        if body.get("reasoning_effort", "medium") not in ("low", "medium", "high", "xhigh", "max"):
            message = f"Unsupported value: 'reasoning_effort' does not support {body['reasoning_effort']!r}"
            raise Refused(400, message, code="unsupported_value", param="reasoning_effort")

    def thoughts(self, body: dict[str, Any]) -> int:
        return THOUGHTS  # REASONING: billed as output, counted in max_completion_tokens

    def usage(self, prompt: int, answer: int, thoughts: int) -> dict[str, Any]:
        found = super().usage(prompt, answer, thoughts)
        return {**found, "completion_tokens_details": {"reasoning_tokens": thoughts}}


class Gemini(StrictServer):
    root = "/v1beta/openai"
    models = ("gemini-4-argon", "gemini-2.5-pro")
    fields = _names(
        "max_tokens max_completion_tokens temperature top_p stop n reasoning_effort response_format "
        "extra_body"
    )

    def list_models(self, http: BaseHTTPRequestHandler) -> dict[str, Any]:
        found = super().list_models(http)
        return {**found, "data": [{**each, "id": f"models/{each['id']}"} for each in found["data"]]}

    def unauthorized(self) -> Refused:  # TROUBLE
        return Refused(400, "API key not valid. Please pass a valid API key.", code="INVALID_ARGUMENT")

    def unknown_model(self, model: str) -> Refused:
        message = (
            f"models/{model} is not found for API version v1main, or is not supported for generateContent."
        )
        return Refused(404, message, code="NOT_FOUND")

    def too_many(self) -> Refused:
        message = "You exceeded your current quota, please check your plan. Please retry in 1s."
        return Refused(429, message, code="RESOURCE_EXHAUSTED", Retry_After="1")

    def error(self, refused: Refused) -> Any:  # a list of one
        error = {
            "code": refused.status,
            "message": str(refused),
            "status": refused.code or "INVALID_ARGUMENT",
        }
        return [{"error": error}]

    def check(self, body: dict[str, Any]) -> None:
        extra = body.get("extra_body", {})
        if set(extra) - {"google"} or set(extra.get("google", {})) - {"thinking_config", "cached_content"}:
            raise Refused(400, "Invalid JSON payload received. Unknown name in extra_body.")
        budget = extra.get("google", {}).get("thinking_config", {}).get("thinking_budget")
        if budget is not None and "reasoning_effort" in body:  # GEMINI
            raise Refused(400, "reasoning_effort and thinking_budget cannot be used at the same time.")
        if budget is not None and body["model"].startswith("gemini-4"):  # GEMINI4
            raise Refused(400, "thinking_budget is not supported for this model. Use thinking_level.")
        if budget is not None and not 128 <= budget <= 32_768:  # GEMINI25
            raise Refused(400, f"The thinking budget {budget} is invalid.")
        if body.get("max_tokens", 0) > 65_536:
            raise Refused(400, "max_output_tokens must be 65536 or less")

    def thoughts(self, body: dict[str, Any]) -> int:
        config = body.get("extra_body", {}).get("google", {}).get("thinking_config", {})
        return int(config.get("thinking_budget", THOUGHTS))

    def usage(self, prompt: int, answer: int, thoughts: int) -> dict[str, Any]:
        # Thoughts are in the total alone.
        return {
            "prompt_tokens": prompt,
            "completion_tokens": answer,
            "total_tokens": prompt + answer + thoughts,
        }


class Vllm(StrictServer):
    models = ("Qwen/Qwen2.5-72B-Instruct", "Qwen/Qwen-72B-Chat", "screenwriter")
    fields = _names(
        "max_tokens max_completion_tokens temperature top_p top_k min_p seed stop n response_format "
        "structured_outputs chat_template_kwargs reasoning_effort repetition_penalty thinking_token_budget "
        "include_reasoning"
    )
    context = 32_768

    def unauthorized(self) -> Refused:
        return Refused(401, "Unauthorized")

    def unknown_model(self, model: str) -> Refused:
        return Refused(404, f"The model `{model}` does not exist.", code="NotFoundError", param="model")

    def error(self, refused: Refused) -> Any:
        if refused.status == 401:
            return {"error": "Unauthorized"}
        kind = refused.code or "BadRequestError"
        error = {
            "message": str(refused),
            "type": kind,
            "param": refused.param or None,
            "code": refused.status,
        }
        return {"error": error}

    def check(self, body: dict[str, Any]) -> None:
        if not 0 <= body.get("temperature", 1.0) <= 2:
            raise Refused(
                400, f"temperature must be in [0, 2], got {body['temperature']}.", param="temperature"
            )
        if not 0 < body.get("top_p", 1.0) <= 1:
            raise Refused(400, f"top_p must be in (0, 1], got {body['top_p']}.", param="top_p")
        prompt = sum(len(each["content"]) for each in body["messages"]) // 4
        if prompt + body.get("max_tokens", 1) > self.context:
            message = f"This model's maximum context length is {self.context} tokens."
            raise Refused(400, message, param="max_tokens")


SERVERS: dict[str, type[StrictServer]] = {
    "claude": Claude,
    "gpt": OpenAI,
    "gemini": Gemini,
    "qwen-72b": Vllm,
}
"""By what the slugs of the shipped systems begin with."""
KEYS = ("ANTHROPIC_API_KEY", "OPENAI_API_KEY", "GEMINI_API_KEY", "VLLM_API_KEY")
