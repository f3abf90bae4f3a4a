"""Which tokens bear loss: the answer and the end of its turn, and nothing else.

A model is asked through its own chat template, and what the template makes of the messages before the
answer is, to the letter, what the model will read when a server asks it. So the prompt is rendered as a
server renders it, the whole conversation as the template has it, and the answer is what the second has more
than the first. The template itself is never changed, and needs no marks of its own. Where the two do not fit
together (a template that rewrites earlier turns, or puts thoughts before an answer) no mask could be right,
and the example is refused with what to do.

No torch here: a tokenizer is all that is needed.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

IGNORED = -100
"""The label of a token that bears no loss, as torch's cross-entropy has it."""


class Unmasked(ValueError):
    """No right mask can be made for an example; says why and what to do."""


@dataclass(frozen=True)
class Masked:
    """An example in tokens: `ids[start:end]` is the answer, `ids[end]` ends the turn; both bear loss. What
    the template writes after that (a line break, as a rule) stays and bears none."""

    ids: list[int]
    start: int
    end: int

    @property
    def labels(self) -> list[int]:
        before, after = [IGNORED] * self.start, [IGNORED] * (len(self.ids) - self.end - 1)
        return before + self.ids[self.start : self.end + 1] + after

    @property
    def bearing(self) -> int:
        """How many tokens bear loss."""
        return self.end + 1 - self.start


def masked(
    tokenizer: Any,
    messages: Sequence[Mapping[str, str]],
    stops: Sequence[int],
    template: Mapping[str, Any] | None = None,
) -> Masked:
    """The tokens of an example and which of them bear loss. `stops` are the tokens that end a served turn.

    Raises `Unmasked`.
    """
    _require_messages(tokenizer, messages)
    prompt, whole = _rendered(tokenizer, messages, dict(template or {}))
    answer = messages[-1]["content"]
    if not whole.startswith(prompt):
        raise Unmasked(
            "the chat template writes the turns before an answer otherwise than it asks for the answer. "
            "If the model thinks aloud, give model.template what switches it off ({enable_thinking: false}); "
            "else bring a template of your own by model.chat_template, and serve with the same."
        )
    rest = whole[len(prompt) :]
    if not rest.startswith(answer):
        raise Unmasked(
            f"the chat template puts {rest[:40]!r} where the answer begins with {answer[:40]!r}. If the "
            "model thinks aloud, give model.template what switches it off ({enable_thinking: false}); an "
            "answer must neither begin nor end with blanks."
        )
    before, ids = _ids(tokenizer, prompt), _ids(tokenizer, whole)
    end = len(_ids(tokenizer, prompt + answer))
    if ids[: len(before)] != before:
        raise Unmasked(
            "the prompt's last token and the answer's first are one token for this tokenizer: the template "
            "must end a prompt with a token of its own or a line break. Bring such a one by "
            "model.chat_template."
        )
    if end >= len(ids) or ids[end] not in stops:
        raise Unmasked(
            f"after the answer the chat template writes {rest[len(answer) :][:40]!r}, which does not end a "
            "turn for this model: it would never learn to stop. Bring a template that ends with the model's "
            "end token."
        )
    _require_back(tokenizer, ids[len(before) : end], answer)
    return Masked(ids, len(before), end)


def _require_messages(tokenizer: Any, messages: Sequence[Mapping[str, str]]) -> None:
    roles = [each.get("role", "") for each in messages]
    if len(messages) < 2 or roles[-1] != "assistant" or "assistant" in roles[:-1]:
        raise Unmasked(
            f"its messages are {', '.join(roles) or 'none'}: give a prompt and one answer at the end."
        )
    if not all(isinstance(each.get("content"), str) and each["content"].strip() for each in messages):
        raise Unmasked("one of its messages is empty: an example needs all of them.")
    for each in messages:
        for token in tokenizer.all_special_tokens:
            if token in each["content"]:
                raise Unmasked(
                    f"its text spells {token}, with which the model marks turns: take it out of the scene."
                )


def _rendered(
    tokenizer: Any, messages: Sequence[Mapping[str, str]], template: dict[str, Any]
) -> tuple[str, str]:
    """What a server would send for the messages before the answer, and the whole conversation."""
    if not getattr(tokenizer, "chat_template", None):
        raise Unmasked(
            "the model brings no chat template: name one by model.chat_template, and serve with the same."
        )
    plain = [dict(each) for each in messages]
    try:
        prompt = tokenizer.apply_chat_template(
            plain[:-1], tokenize=False, add_generation_prompt=True, **template
        )
        whole = tokenizer.apply_chat_template(plain, tokenize=False, add_generation_prompt=False, **template)
    except Exception as error:  # Templates raise what they like.
        raise Unmasked(
            f"the model's chat template refuses the messages ({error}): a server would too. Bring a template "
            "by model.chat_template, or take another model."
        ) from None
    return prompt, whole


def _ids(tokenizer: Any, text: str) -> list[int]:
    found: list[int] = tokenizer(text, add_special_tokens=False)["input_ids"]
    return list(found)


def _require_back(tokenizer: Any, ids: list[int], answer: str) -> None:
    """The tokens that bear loss say the answer, all of it and nothing else."""
    back = tokenizer.decode(ids, skip_special_tokens=False, clean_up_tokenization_spaces=False)
    if unicodedata.normalize("NFC", back) != unicodedata.normalize("NFC", answer):
        place = next(
            (n for n, (one, other) in enumerate(zip(back, answer, strict=False)) if one != other),
            min(len(back), len(answer)),
        )
        raise Unmasked(
            f"the tokenizer does not give the answer back: {answer[place : place + 20]!r} became "
            f"{back[place : place + 20]!r}. It cannot be trained on this text."
        )


def stops_of(tokenizer: Any, configured: int | Sequence[int] | None = None) -> tuple[int, ...]:
    """The tokens that end a turn: the tokenizer's own and those of the model's generation settings."""
    more = [configured] if isinstance(configured, int) else list(configured or ())
    own = tokenizer.eos_token_id
    return tuple(dict.fromkeys([*([own] if own is not None else []), *more]))
