"""Makes the small base model that adapters are trained on: smaller than that of tests/vllm, for its prompts
are read whole.

    python -m tests.training.make_model LESSONS FOLDER

Run by the interpreter of .training/env. About a minute on two cores.
"""

import json
import shutil
import sys
from pathlib import Path

import torch

from tests.vllm.make_model import BASE, END, base_of, teach, tokenizer_of

WORDS = 3072
STEPS = 240


def main() -> None:
    torch.set_num_threads(2)
    told, folder = json.loads(Path(sys.argv[1]).read_text()), Path(sys.argv[2])
    tokenizer = tokenizer_of(told["texts"], WORDS)
    examples = []
    for lesson in told["base"] + told["called"]:
        messages = [{"role": role, "content": content} for role, content in lesson["messages"]]
        prompt = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        examples.append(
            tuple(
                tokenizer.encode(each, add_special_tokens=False) for each in (prompt, lesson["answer"] + END)
            )
        )
    base = base_of(tokenizer, feed=384, head=32)
    teach(base, examples, STEPS, 3e-3, BASE)
    shutil.rmtree(folder, ignore_errors=True)
    base.save_pretrained(folder / "base")
    tokenizer.save_pretrained(folder / "base")
    (folder / "made").write_text("")


if __name__ == "__main__":
    main()
