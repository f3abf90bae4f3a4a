"""Unit tests of the side that asks vLLM's engine, against a stand-in for the child: no vllm runs here."""

import json
import os
import re
import sys
import time
from concurrent.futures import Future
from pathlib import Path
from types import SimpleNamespace

import pytest

from evalsite.core.errors import InputErrors
from evalsite.local.process import started_at
from generation.backends import Rejected, Request, Sampling, TooSlow, Unreachable, vllm_child, vllm_engine
from generation.backends.looping import Loop
from generation.backends.spec import BackendSpec, address_of
from generation.backends.vllm_engine import VllmEngineBackend, close_engine, engine_of
from generation.pipelines import SystemSpec, find_system
from generation.runs.addresses import lane_of, make_backend, needs_engine

CHILD = Path(__file__).with_name("engine_stand_in.py")
ENGINE_BLOCK = """\
  engine:
    tensor_parallel_size: 4
    dtype: bfloat16
    quantization: fp8
    kv_cache_dtype: fp8
    max_model_len: 16384
    gpu_memory_utilization: 0.85
    chat_template_kwargs: {enable_thinking: false}
"""


def make_adapter(folder: Path, **config: object) -> str:
    """A folder with an adapter's configuration, as PEFT writes it."""
    folder.mkdir()
    (folder / "adapter_config.json").write_text(json.dumps({"peft_type": "LORA", **config}))
    return str(folder)


@pytest.fixture
def ask(monkeypatch, tmp_path):
    monkeypatch.setenv("VLLM_PYTHON", sys.executable)
    adapter = make_adapter(tmp_path / "novel", r=16)
    with Loop() as loop:

        def one(text: str, model: str = "base", *, path: str = "weights", timeout: float = 120.0, **more):
            backend = VllmEngineBackend(
                path, name="base", adapters={"novel": adapter}, timeout=timeout, child=CHILD
            )
            request = Request(model, (("user", text),), Sampling(seed=3), **more)
            return loop.run(backend.complete(request))

        yield one
    close_engine()


def test_an_answer_with_usage_seed_and_structure(ask):
    answer = ask("hello", structured={"response_format": {"type": "json_object"}})
    assert answer.text == "hello 3 {'response_format': {'type': 'json_object'}}"
    assert (answer.model, answer.finish_reason, answer.fingerprint) == ("base", "stop", "stand-in")
    assert answer.usage == {"prompt_tokens": 5, "completion_tokens": 2}
    assert ask("hello", "novel").model == "novel"
    assert answer.id != ask("hello").id


def test_an_unknown_model_is_rejected(ask):
    with pytest.raises(Rejected, match="does not exist"):
        ask("hello", "other")


def test_an_engine_that_dies_is_told_with_its_last_words_and_started_again(ask):
    with pytest.raises(Unreachable, match=r"the engine stopped: .*out of memory") as raised:
        ask("die")
    assert raised.value.worked
    assert ask("hello").text.startswith("hello")


def test_what_an_engine_that_dies_has_started_is_ended_too(ask):
    with pytest.raises(Unreachable, match=r"process \d+$") as raised:
        ask("die and leave a process")
    left = int(re.search(r"\d+$", str(raised.value))[0])
    deadline = time.monotonic() + 50  # it would end by itself after a minute
    while started_at(left) is not None:
        assert time.monotonic() < deadline, "the process still runs"
        time.sleep(0.02)
    assert ask("hello").text.startswith("hello")


def test_a_request_after_the_end_of_an_engine_is_refused_at_once(ask):
    """Its input may still be open, because a process that it has started has inherited it."""
    assert ask("hello").text
    engine = engine_of(vllm_engine._engine.start, CHILD)
    with pytest.raises(Unreachable):
        ask("die")
    reading, writing = os.pipe()
    engine._process.stdin = os.fdopen(writing, "wb")
    with pytest.raises(Unreachable, match="the engine stopped"):
        engine.ask({"id": "late"})
    os.close(reading)


def test_an_answer_that_does_not_come_is_given_up(ask):
    assert ask("hello").text  # it is loaded
    with pytest.raises(TooSlow, match=r"within 0\.2 s"):
        ask("hang", timeout=0.2)
    assert ask("hello").text.startswith("hello")


def test_an_answer_to_a_request_given_up_that_moment_harms_no_other(ask):
    assert ask("hello").text  # it is loaded
    engine = engine_of(vllm_engine._engine.start, CHILD)
    given_up = Future()
    given_up.cancel()
    engine._waiting["given up"] = given_up  # its answer comes before `cancel` has taken it off the list
    line = {"model": "base", "messages": [{"role": "user", "content": "hello"}], "structured": {}}
    engine._write(line | {"id": "given up", "sampling": {"seed": 3}})
    assert ask("hello", timeout=30).text.startswith("hello")


def test_weights_that_cannot_be_loaded(ask):
    with pytest.raises(Unreachable, match="no such weights"):
        ask("hello", path="broken")


def test_without_an_interpreter(ask, monkeypatch):
    monkeypatch.delenv("VLLM_PYTHON")
    with pytest.raises(Unreachable, match="VLLM_PYTHON isn't set"):
        ask("hello", path="elsewhere")
    monkeypatch.setenv("VLLM_PYTHON", "/no/such/python")
    with pytest.raises(Unreachable, match="VLLM_PYTHON can't be run:"):
        ask("hello", path="elsewhere")


def test_a_run_on_an_engine_keeps_its_models_apart_and_needs_a_worker_with_a_gpu():
    spec = BackendSpec(kind="vllm_engine", model_path="/models/base", adapters=(("novel", "/a"),))
    assert isinstance(make_backend(spec, address_of(spec)), VllmEngineBackend)
    settings = {"addresses": {"dsr": {"novel": address_of(spec), "screenplay": address_of(spec)}}}
    assert needs_engine(settings)
    assert not needs_engine({"addresses": {"dsr": {"novel": "http://x/v1"}, "old": ""}})
    system = find_system("dsr")
    lanes = [lane_of(settings, system, stage, mix=False) for stage in system.stages]
    assert len(set(lanes)) == 2
    assert all(lane.alone for lane in lanes)


def test_an_engine_in_a_system_s_file(tmp_path):
    lines = ["  model_name: screenwriter", "  adapters:", "    - {name: novel, path: /a}", "  context: 8192"]
    path = Path(write_engine_system(tmp_path / "engine.yaml", "\n".join([*lines, "  eager: true", ""])))
    backend = find_system(str(path)).backend
    assert (backend.kind, backend.adapters) == ("vllm_engine", (("novel", "/a"),))
    assert (backend.model_name, backend.context, backend.eager) == ("screenwriter", 8192, True)
    path.write_text(path.read_text().replace("  model_path: /models/base\n", "").replace("true", "maybe"))
    with pytest.raises(InputErrors) as refused:
        find_system(str(path))
    said = " ".join(fault.message for fault in refused.value.errors)
    assert "needs model_path" in said
    assert "eager must be true or false" in said


def write_engine_system(path: Path, backend: str) -> str:
    """The system `direct` with another backend, as a file."""
    text = (Path(__file__).resolve().parents[2] / "generation/systems/direct.yaml").read_text()
    begin, end = text.index("backend:"), text.index("stages:")
    path.write_text(
        f"{text[:begin]}backend:\n  kind: vllm_engine\n  model_path: /models/base\n{backend}{text[end:]}"
    )
    return str(path)


@pytest.fixture
def options_of(monkeypatch):
    """What vLLM is started with for a backend, as the child receives it."""
    monkeypatch.setenv("VLLM_PYTHON", sys.executable)
    with Loop() as loop:

        def options(spec: BackendSpec) -> dict:
            backend = make_backend(spec, address_of(spec))
            backend._child = CHILD
            request = Request("base", (("user", "how were you started"),), Sampling(seed=3))
            return json.loads(loop.run(backend.complete(request)).text)

        yield options
    close_engine()


@pytest.mark.parametrize(
    ("configs", "rank"),
    [
        ([{"r": 32}], 32),  # what generation/training/recipes/dsr-lora.yaml trains
        ([{"r": 8}, {"r": 24}], 32),
        ([{"r": 16, "rank_pattern": {"q_proj": 257}}], 320),
    ],
)
def test_adapters_are_loaded_at_the_rank_they_were_trained_with(options_of, tmp_path, configs, rank):
    adapters = tuple((f"a{at}", make_adapter(tmp_path / f"a{at}", **each)) for at, each in enumerate(configs))
    spec = BackendSpec(kind="vllm_engine", model_path="/models/base", adapters=adapters)
    started = options_of(spec)
    assert started["options"] == {"enable_lora": True, "max_loras": 1, "max_lora_rank": rank}


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (None, "adapter_config.json"),
        ({"r": 600}, "rank 600.*at most 512"),
        ({}, "no rank"),
        ({"r": "x"}, "no rank"),
    ],
)
def test_an_adapter_that_cannot_be_loaded_is_refused_before_the_model_is_loaded(
    options_of, tmp_path, config, said
):
    folder = str(tmp_path / "a") if config is None else make_adapter(tmp_path / "a", **config)
    with pytest.raises(Rejected, match=said):
        options_of(BackendSpec(kind="vllm_engine", model_path="/models/base", adapters=(("a", folder),)))


def test_the_engine_block_of_a_system_file_reaches_vllm(options_of, tmp_path):
    backend = find_system(write_engine_system(tmp_path / "engine.yaml", ENGINE_BLOCK)).backend
    started = options_of(backend)
    assert started["options"] == {
        "tensor_parallel_size": 4,
        "dtype": "bfloat16",
        "quantization": "fp8",
        "kv_cache_dtype": "fp8",
        "max_model_len": 16384,
        "gpu_memory_utilization": 0.85,
    }
    assert started["chat_template_kwargs"] == {"enable_thinking": False}


def test_what_the_engine_block_leaves_out_is_not_passed_to_vllm(options_of):
    started = options_of(BackendSpec(kind="vllm_engine", model_path="/models/base"))
    assert started["options"] == {}
    assert started["chat_template_kwargs"] == {}


@pytest.mark.parametrize(
    ("block", "said"),
    [
        ("  engine: {tensor_parallel: 2}\n", "did you mean tensor_parallel_size?"),
        ("  engine: {tensor_parallel_size: 0}\n", "tensor_parallel_size is 0"),
        ("  engine: {dtype: fp64}\n", "use one of: auto, half, float16, bfloat16, float, float32."),
        (
            "  engine: {gpu_memory_utilization: 90}\n",
            "gpu_memory_utilization must be a number from 0.01 to 1",
        ),
        ("  engine: {chat_template_kwargs: thinking}\n", "chat_template_kwargs must be a mapping"),
        ("  engine: {chat_template_kwargs: {messages: x}}\n", "messages is set by the platform"),
        (
            "  context: 8192\n  engine: {max_model_len: 4096}\n",
            "context and max_model_len are the same setting",
        ),
    ],
)
def test_faults_of_the_engine_block(tmp_path, block, said):
    with pytest.raises(InputErrors) as refused:
        find_system(write_engine_system(tmp_path / "engine.yaml", block))
    (fault,) = refused.value.errors
    assert said in f"{fault.message} {fault.fix}"
    assert fault.line > 1


def test_an_engine_block_needs_the_kind_vllm_engine(tmp_path):
    path = Path(write_engine_system(tmp_path / "engine.yaml", ENGINE_BLOCK))
    path.write_text(path.read_text().replace("kind: vllm_engine", "kind: openai"))
    with pytest.raises(InputErrors, match="vllm_engine"):
        find_system(str(path))


def test_a_system_without_an_engine_block_has_the_record_and_digest_it_had():
    assert "engine" not in find_system("direct").as_record()["backend"]


def test_a_system_with_an_engine_block_is_the_same_after_it_was_stored(tmp_path):
    spec = find_system(write_engine_system(tmp_path / "engine.yaml", ENGINE_BLOCK))
    assert SystemSpec.from_record(spec.as_record()) == spec


class FakeLLM:
    """In place of `vllm.LLM`: remembers what it was given."""

    def __init__(self, **options: object) -> None:
        self.options = options
        self.requests: list[tuple] = []
        self.templates: list[dict] = []
        config = SimpleNamespace(model_config=SimpleNamespace(max_model_len=100))
        self.llm_engine = SimpleNamespace(vllm_config=config, add_request=self._add)

    def _add(self, *request: object, **more: object) -> None:
        self.requests.append(request)

    def get_tokenizer(self) -> "FakeLLM":
        return self

    def apply_chat_template(self, messages: list, **more: object) -> str:
        self.templates.append(more)
        return "x" * 10

    def encode(self, text: str, **more: object) -> list[int]:
        return [1] * len(text)


@pytest.fixture
def child_engine(monkeypatch):
    """The child's own engine class, with vllm replaced by `FakeLLM`."""
    vllm = SimpleNamespace(LLM=FakeLLM, __version__="0.0", SamplingParams=lambda **given: given)
    monkeypatch.setitem(sys.modules, "vllm", vllm)
    monkeypatch.setitem(sys.modules, "vllm.lora", SimpleNamespace())
    monkeypatch.setitem(sys.modules, "vllm.lora.request", SimpleNamespace(LoRARequest=lambda *given: given))
    platforms = SimpleNamespace(current_platform=SimpleNamespace(is_cpu=lambda: False))
    monkeypatch.setitem(sys.modules, "vllm.platforms", platforms)
    start = {"path": "/m", "name": "base", "adapters": {"novel": "/a"}}
    start |= {"options": {"max_lora_rank": 32}, "chat_template_kwargs": {"enable_thinking": False}}
    return vllm_child.Engine(start)


def test_the_child_starts_vllm_with_the_options_it_is_given(child_engine):
    assert child_engine._llm.options == {"model": "/m", "seed": 0, "max_lora_rank": 32}


def test_chat_template_arguments_reach_the_template(child_engine):
    line = {"id": "1", "model": "novel", "messages": [], "sampling": {"max_tokens": 5}}
    assert child_engine.take(line) is None
    own = {"id": "2", "chat_template_kwargs": {"enable_thinking": True, "effort": "low"}}
    assert child_engine.take(line | own) is None
    first, second = child_engine._llm.templates
    assert first["enable_thinking"] is False
    assert (second["enable_thinking"], second["effort"]) == (True, "low")


@pytest.mark.parametrize("stated", [{}, {"max_tokens": None}])
def test_a_request_without_max_tokens_may_fill_the_context(child_engine, stated):
    line = {"id": "1", "model": "base", "messages": [], "sampling": {"temperature": 0.5, **stated}}
    assert child_engine.take(line) is None
    assert child_engine._llm.requests[0][2] == {"temperature": 0.5, "max_tokens": 90}
