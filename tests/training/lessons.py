"""What the small base model learns before an adapter is trained on it: to answer `dsr` in its form, with
lines of its own, so that what an adapter adds can be told apart.

    python -m tests.training.lessons FILE

writes what `tests/vllm/make_model.py` reads. The tokenizer also learns the words of the sample corpus.
"""

import json
import random
import sys
from pathlib import Path

from tests.vllm.lessons import BRIEFS, lessons
from tests.vllm.scenes import BASE

CORPUS = Path(__file__).parents[2] / "examples" / "corpus"


def main() -> None:
    made = [
        {**each, "writer": BASE}
        for each in lessons(random.Random(7))
        if each["writer"] in (BASE, "dsr-novel")
    ]
    texts = [text for each in made for _, text in [*each["messages"], ("", each["answer"])]]
    texts += [path.read_text("utf-8") for path in sorted(CORPUS.glob("*/*.txt"))]
    texts += [path.read_text("utf-8") for path in sorted(BRIEFS.glob("*.yaml"))]
    told = {"lessons": made, "texts": sorted(set(texts))}
    Path(sys.argv[1]).write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    main()
