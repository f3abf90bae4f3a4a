"""The pipeline library beside which a run's worker is measured, in an environment that is made on demand."""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "bench" / "distilabel"
ENVIRONMENT = FOLDER / ".venv"
REQUIREMENTS = FOLDER / "requirements.txt"
NAME = "distilabel"
MOST_S = 600


class NotThere(RuntimeError):
    """Why the library cannot be measured here."""


def interpreter() -> Path:
    """The interpreter of its environment, which is made if it is not there. Raises `NotThere`."""
    python = ENVIRONMENT / "bin" / "python"
    stamp = ENVIRONMENT / "installed"
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return python
    uv = ROOT / ".uv" / "bin" / "uv"
    if not uv.exists():
        raise NotThere("there is no .uv/bin/uv (make install brings it)")
    print(f"   installing {NAME} into {ENVIRONMENT.relative_to(ROOT)}", flush=True)
    _run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, ENVIRONMENT])
    _run([uv, "pip", "sync", "--quiet", "--require-hashes", "--python", python, REQUIREMENTS])
    stamp.write_text(wanted)
    return python


def _run(command: list[Any]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotThere(" ".join(done.stderr.split())[-300:] or f"{command[1]} failed")


def seconds(python: Path, url: str, payloads: list[dict[str, Any]], in_flight: int) -> float:
    """How long it takes for these requests, from when it is ready to ask until it has given its data set."""
    first = payloads[0]
    told = {
        "url": url,
        "model": first["model"],
        "sampling": {name: first[name] for name in ("temperature", "top_p", "max_tokens", "seed")},
        "messages": [payload["messages"] for payload in payloads],
        "in_flight": in_flight,
    }
    quiet = {"DISTILABEL_LOG_LEVEL": "ERROR", "PYTHONWARNINGS": "ignore", "HF_HUB_OFFLINE": "1"}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "requests.json")
        path.write_text(json.dumps(told))
        done = subprocess.run(
            [python, FOLDER / "client.py", path],
            env=os.environ | quiet | {"HF_HOME": folder},
            capture_output=True,
            text=True,
            timeout=MOST_S,
            check=False,
        )
    if done.returncode:
        raise RuntimeError(f"{NAME}: {done.stderr[-2000:]}")
    said = json.loads(done.stdout.splitlines()[-1])
    if said["answers"] != len(payloads):
        raise RuntimeError(f"{NAME}: {said['answers']} of {len(payloads)} answers")
    return float(said["seconds"])
