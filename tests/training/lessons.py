"""What the small base model learns before an adapter is trained on it: to answer `dsr` in its form with
lines of its own, and other lines only where a writer's name below the prompt calls for them. So an adapter
has only to learn to write those without being called, which it does in a few steps; and which of the two
wrote a text can be told.

    python -m tests.training.lessons FILE

writes what `make_model` here reads.
"""

import json
import os
import random
import sys
from pathlib import Path

import django

from generation.briefs.files import read_brief
from generation.pipelines import find_system, prepare, split
from generation.training_data.synthesis import canned as canned_synthesis
from generation.training_data.synthesis.recipe import find_recipe
from generation.training_data.synthesis.texts import directives_text
from tests.vllm.lessons import BRIEFS, lessons
from tests.vllm.scenes import BASE

WRITER = "dsr-novel"
CORPUS = Path(__file__).parents[2] / "examples" / "corpus"
NAMES = {
    "en": ("KESTREL", "MOODY", "OSMAN", "NELL", "MRS. TULL", "IDA", "TOBIAS"),
    "zh": ("老耿", "小满", "阿青", "何医生", "周姐", "石头"),
}
"""The people of the briefs that it is asked with later, and others; nobody of the series that training holds
back, for a loss on people whom the base knows by heart already would tell nothing."""
CALLED = 60
"""So many answers in each language are called for by name."""


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "evalsite.settings")
    django.setup()  # The app of training data registers there what its recipes may use.
    chance = random.Random(7)
    own = [
        {**each, "writer": BASE}
        for each in lessons(chance)
        if each["writer"] in (BASE, WRITER) and "<novel>" in each["messages"][-1][1]  # Both stages of `dsr`.
    ]
    called = [
        {"writer": WRITER, "messages": calling(language), "answer": canned(language, chance)}
        for language in NAMES
        for _ in range(CALLED)
    ]
    texts = [text for each in [*own, *called] for _, text in [*each["messages"], ("", each["answer"])]]
    texts += [path.read_text("utf-8") for path in sorted(CORPUS.glob("*/*.txt"))]
    told = {"base": own, "called": called, "texts": sorted(set(texts))}
    Path(sys.argv[1]).write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")


def calling(language: str) -> list[tuple[str, str]]:
    """The first stage's prompt with the writer's name below it."""
    brief = next(each for each in map(read_brief, sorted(BRIEFS.glob("*.yaml"))) if each.language == language)
    *before, (role, text) = prepare(find_system("dsr").stages[0], brief.content(), {}, None).messages
    return [*before, (role, f"{text}\n\n{WRITER}")]


def canned(language: str, chance: random.Random) -> str:
    """Directives and prose as the canned teacher writes them, for two people."""
    chinese = language == "zh"
    names = chance.sample(NAMES[language], 2)
    colon, stop = ("：", "。") if chinese else (": ", ".")
    scene = "\n".join(f"{n}. {names[n % 2]}{colon}..." for n in range(1, chance.choice((11, 16))))
    found = canned_synthesis.answer(f'"beats"\n<scene>\n{scene}\n</scene>', chance, chinese)
    stage = find_recipe("dsr-data").scenes.stage("directives")
    assert stage is not None
    directives = directives_text(split(stage, str(found)).parts, language)
    action = directives.split("<action>")[1].split("</action>")[0].strip()
    present = (
        f"在场的是{'、'.join(names)}{stop}"
        if chinese
        else f"With {' and '.join(names)} in the room, it turns."
    )
    length = chance.choice((80, 140))
    asked = (
        f"<outline>\n{present}\n</outline>\n<action>\n{action}\n</action>\n"
        + ("约" if chinese else "about ")
        + f"{length}"
        + ("字" if chinese else " words")
        + " <novel>"
    )
    novel = canned_synthesis.answer(asked, chance, chinese)
    return f"{directives}\n\n{str(novel).strip()}"


if __name__ == "__main__":
    main()
