"""What the small model learns from: the very messages that the shipped systems send, and answers to them.

The base learns the lines of all writers, each asked for by its writer's name alone; so an adapter has only to
learn to write its own without being called.

    python -m tests.vllm.lessons FILE

writes a JSON object: `lessons` (a list of writer, messages, answer) and `texts` (what its tokenizer learns).
"""

import json
import random
import sys
from pathlib import Path

from generation.briefs.files import read_brief
from generation.pipelines import answers_of, find_system, prepare
from tests.vllm import scenes

BRIEFS = Path(__file__).with_name("briefs")
SYSTEMS = ("dsr", "dsr-no-directives", "direct", "end-to-end", "plan-then-write")
TOLD = {
    "en": "it is shorter than was asked for; there is a remark before the text",
    "zh": "比要求的短；正文前有说明",
}
ROUNDS = 24


def lessons(chance: random.Random) -> list[dict[str, object]]:
    """`ROUNDS` times every stage of every system for every brief, one time in six as after a refusal."""
    made = []
    for path in sorted(BRIEFS.glob("*.yaml")):
        content = read_brief(path).content()
        language = content["language"]
        for name in SYSTEMS * ROUNDS:
            spec, outputs = find_system(name), dict[str, str]()
            for stage in spec.stages:
                told = [TOLD[language]] if chance.random() < 1 / 6 else []
                request = prepare(stage, content, answers_of(spec.stages, outputs), None, told)
                what = "script" if stage.form == "screenplay" else stage.name
                outputs[stage.name] = scenes.answer(stage.asks, what, language, chance)
                made.append(
                    {"writer": stage.asks, "messages": request.messages, "answer": outputs[stage.name]}
                )
    return made


def main() -> None:
    made = lessons(random.Random(7))
    texts = [text for each in made for _, text in [*each["messages"], ("", each["answer"])]]
    Path(sys.argv[1]).write_text(
        json.dumps({"lessons": made, "texts": sorted(set(texts))}, ensure_ascii=False), encoding="utf-8"
    )


if __name__ == "__main__":
    main()
