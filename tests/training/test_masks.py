"""Masks on a tokenizer of letters, which needs nothing installed: what is refused, and what is counted."""

import json
import re
from dataclasses import asdict
from pathlib import Path

import jinja2
import pytest

from generation.training import tokens
from generation.training.exports import Export, Row
from generation.training.masks import IGNORED, Unmasked, masked, stops_of
from generation.training.recipe import SHIPPED, recipe_of

END = "<|im_end|>"
CHATML = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
THINKING = CHATML.replace(
    "{{ m.role }}\n",
    "{{ m.role }}\n{% if m.role == 'assistant' %}<think>\n\n</think>\n\n{% endif %}",
).replace(
    "assistant\n{% endif %}",
    "assistant\n{% if enable_thinking is false %}<think>\n\n</think>\n\n{% endif %}{% endif %}",
)
ANSWER = "<directives>\n慢起。\n</directives>\n\n<novel>\nShe waits.\n</novel>"
MESSAGES = [
    {"role": "system", "content": "Tell it."},
    {"role": "user", "content": "A brief."},
    {"role": "assistant", "content": ANSWER},
]


class Letters:
    """Every character is a token, and so is each of the special words and `merged`."""

    def __init__(self, chat_template: str = CHATML, merged: tuple[str, ...] = ()) -> None:
        self.chat_template = chat_template
        self.all_special_tokens = ["<|im_start|>", END]
        words = [*self.all_special_tokens, *merged]
        self._pieces = re.compile("|".join([*map(re.escape, words), "(?s:.)"]))
        self._known: dict[str, int] = {}
        self.eos_token_id = self._id(END)

    def _id(self, piece: str) -> int:
        return self._known.setdefault(piece, len(self._known))

    def __call__(self, text: str, *, add_special_tokens: bool) -> dict[str, list[int]]:
        return {"input_ids": [self._id(each) for each in self._pieces.findall(text)]}

    def decode(self, ids: list[int], **options: bool) -> str:
        names = {number: piece for piece, number in self._known.items()}
        return "".join(names[each] for each in ids)

    def apply_chat_template(self, messages, *, tokenize: bool, add_generation_prompt: bool, **more) -> str:
        template = jinja2.Environment(autoescape=False).from_string(self.chat_template)
        return template.render(messages=messages, add_generation_prompt=add_generation_prompt, **more)


def mask(tokenizer: Letters, messages=MESSAGES, **template):
    return masked(tokenizer, messages, stops_of(tokenizer), template)


def test_the_answer_and_its_end_bear_loss_and_nothing_else():
    tokenizer = Letters()
    found = mask(tokenizer)
    assert tokenizer.decode([each for each in found.labels if each != IGNORED]) == ANSWER + END
    assert found.bearing == len(ANSWER) + 1
    assert len(found.labels) == len(found.ids)
    assert tokenizer.decode(found.ids).endswith(f"{ANSWER}{END}\n")
    assert found.labels[-1] == IGNORED, "the line break after the end of the turn is read and not learnt"


def test_a_template_that_thinks_is_refused_until_it_is_told_not_to():
    with pytest.raises(Unmasked, match="enable_thinking: false"):
        mask(Letters(THINKING))
    tokenizer = Letters(THINKING)
    found = mask(tokenizer, enable_thinking=False)
    assert tokenizer.decode([each for each in found.labels if each != IGNORED]) == ANSWER + END


@pytest.mark.parametrize(
    ("tokenizer", "said"),
    [
        (Letters(""), "brings no chat template"),
        (Letters("{{ undefined_function() }}"), "refuses the messages"),
        (Letters(CHATML.replace("{{ m.content }}<|im_end|>", "{{ m.content }}")), "never learn to stop"),
        (Letters(CHATML.replace("{{ m.content }}", "{{ m.content | upper }}")), "where the answer begins"),
        (Letters(CHATML.replace("{{ m.role }}", "{{ m.role | upper }}")), "otherwise than it asks"),
        (Letters(merged=("\n<directives>",)), "are one token"),
    ],
)
def test_where_no_mask_could_be_right(tokenizer, said):
    with pytest.raises(Unmasked, match=said):
        mask(tokenizer)


@pytest.mark.parametrize(
    ("messages", "said"),
    [
        (MESSAGES[:-1], "its messages are system, user"),
        ([*MESSAGES, MESSAGES[-1]], "one answer at the end"),
        ([MESSAGES[1], {"role": "assistant", "content": " \n"}], "is empty"),
        ([MESSAGES[1], {"role": "assistant", "content": f"a{END}b"}], r"spells <\|im_end\|>"),
        ([MESSAGES[1], {"role": "assistant", "content": f"{ANSWER}\n"}], None),
    ],
)
def test_messages_that_cannot_be_masked(messages, said):
    if said is None:  # This template keeps blanks, and so does the mask.
        tokenizer = Letters()
        assert (
            tokenizer.decode([i for i in mask(tokenizer, messages).labels if i != IGNORED])
            == f"{ANSWER}\n{END}"
        )
        return
    with pytest.raises(Unmasked, match=said):
        mask(Letters(), messages)


def test_a_tokenizer_that_loses_something_is_found_out():
    class Small(Letters):
        def _id(self, piece: str) -> int:
            return super()._id("?" if piece == "慢" else piece)

    with pytest.raises(Unmasked, match="does not give the answer back: '慢起"):
        mask(Small())


def rows():
    for number, length in enumerate((10, 500, 20), start=1):
        messages = [MESSAGES[1], {"role": "assistant", "content": "x" * length}]
        yield Row(f"salt-road-{number}", messages, "salt-road", number)


def fitted(too_long: str):
    text = (
        (SHIPPED / "small-cpu.yaml").read_text("utf-8").replace("too_long: refuse", f"too_long: {too_long}")
    )
    recipe = recipe_of(text.replace("max_length: 8192", "max_length: 100"), "mine.yaml")
    tokenizer, counted = Letters(), tokens.Counted("train")
    tokenize = tokens.tokenizing(tokenizer, recipe, stops_of(tokenizer))
    kept = [row.id for row, _ in tokens.fitting(rows(), tokenize, recipe.data.max_length, counted)]
    export = Export(Path(), "sample", 1, "d", "dsr", {"train": Path("train.jsonl")}, {})
    return kept, counted, [str(each) for each in tokens.faults_of(counted, export, recipe)]


def test_what_is_too_long_is_named_and_refused_or_left_out_whole():
    kept, counted, told = fitted("refuse")
    assert kept == ["salt-road-1", "salt-road-3"]
    (name, length) = counted.too_long[0]
    assert (name, length, counted.longest) == ("salt-road-2", length, length)
    assert told == [
        "train.jsonl: 1 of its examples are longer than max_length 100 tokens: "
        f"salt-road-2 ({length}). Raise data.max_length, or say data.too_long: drop; nothing is cut."
    ]
    kept, counted, told = fitted("drop")
    assert (kept, told, counted.dropped) == (["salt-road-1", "salt-road-3"], [], {"salt-road": 1})
    assert tokens._counted(json.loads(json.dumps(asdict(counted)))) == counted, (
        "kept in a file, it is the same"
    )
