"""Speaks as `vllm_child.py` does, without vllm: canned answers for the tests of the side that asks."""

import json
import subprocess
import sys
import time


def say(line):
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def main():
    start = json.loads(sys.stdin.readline())
    if start["path"] == "broken":
        sys.exit("no such weights")
    say({"ready": {"version": "stand-in", "models": [start["name"], *start["adapters"]]}})
    for raw in sys.stdin:
        line = json.loads(raw)
        if "cancel" in line:
            continue
        asked = line["messages"][-1]["content"]
        if line["model"] not in (start["name"], *start["adapters"]):
            said = {"kind": "rejected", "message": f"The model `{line['model']}` does not exist."}
            say({"id": line["id"], "error": said})
        elif asked == "die and leave a process":
            left = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
            sys.exit(f"process {left.pid}")
        elif asked == "die":
            sys.exit("out of memory")
        elif asked == "how were you started":
            usage = {"prompt_tokens": 1, "completion_tokens": 1}
            answer = {"id": line["id"], "model": line["model"], "text": json.dumps(start), "usage": usage}
            say({**answer, "finish_reason": "stop", "seconds": 0.1})
        elif asked == "hang":
            time.sleep(0)
        else:
            usage = {"prompt_tokens": len(asked), "completion_tokens": 2}
            say(
                {
                    "id": line["id"],
                    "model": line["model"],
                    "text": f"{asked} {line['sampling']['seed']} {line['structured']}",
                    "finish_reason": "stop",
                    "usage": usage,
                    "seconds": 0.1,
                    "fingerprint": "stand-in",
                }
            )


main()
