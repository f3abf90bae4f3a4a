"""Makes the small model: a tokenizer, a base of three layers taught its lines, an adapter for each writer.

    VLLM_PYTHON make_model.py LESSONS FOLDER

Run by the interpreter that has vllm. It takes about a minute on two cores; the folder then holds `base` and
an adapter under each adapter's name, as any training would leave them (safetensors, PEFT).
"""

import json
import random
import shutil
import sys
import time
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import MistralConfig, MistralForCausalLM, PreTrainedTokenizerFast

BASE = "screenwriter"
END, PAD = "<|im_end|>", "<|endoftext|>"
TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
WORDS = 2048
CONTEXT = 16_384
BATCH = 8
STEPS, ADAPTER_STEPS = 150, 50
RANK = 16
RANKS = {"dsr-novel": 32}
"""Adapters of another rank than `RANK`. 32 is what generation/training/recipes/dsr-lora.yaml trains."""
WINDOW = 48
"""Each layer looks back so far: three of them see 144 tokens, so no prompt is too long to be understood."""
CUT = (24, 64, 144)
"""So much of a prompt's end is shown, in tokens; more would not be seen."""


def tokenizer_of(texts: list[str], words: int = WORDS) -> PreTrainedTokenizerFast:
    """Byte-level, so that it can read and write anything; its words are those of the lessons."""
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    special = [PAD, "<|im_start|>", END]
    trainer = trainers.BpeTrainer(
        vocab_size=words, special_tokens=special, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()
    )
    made.train_from_iterator(texts, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=made, eos_token=END, pad_token=PAD, chat_template=TEMPLATE, model_max_length=CONTEXT
    )


def base_of(tokenizer: PreTrainedTokenizerFast, *, feed: int = 512, head: int = 64) -> MistralForCausalLM:
    """A base that knows nothing yet; `feed` and `head` are the widths of its layers."""
    torch.manual_seed(7)
    return MistralForCausalLM(
        MistralConfig(
            vocab_size=len(tokenizer),
            hidden_size=128,
            intermediate_size=feed,
            num_hidden_layers=3,
            num_attention_heads=2,
            num_key_value_heads=1,
            head_dim=head,
            max_position_embeddings=CONTEXT,
            sliding_window=WINDOW,
            tie_word_embeddings=False,
            eos_token_id=tokenizer.eos_token_id,
            bos_token_id=None,
            pad_token_id=tokenizer.pad_token_id,
        )
    )


def teach(model, examples: list[tuple[list[int], list[int]]], steps: int, rate: float, name: str) -> None:
    """Learn answers: the loss is theirs alone."""
    began, chance = time.monotonic(), random.Random(7)
    weights = [each for each in model.parameters() if each.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=rate, weight_decay=0.0)
    plan = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=steps, pct_start=0.1)
    model.train()
    for step in range(steps):
        batch, cut = chance.sample(examples, BATCH), chance.choice(CUT)
        rows = [(prompt[-cut:], answer) for prompt, answer in batch]
        longest = max(len(prompt) + len(answer) for prompt, answer in rows)
        ids = torch.zeros(len(rows), longest, dtype=torch.long)
        labels = torch.full_like(ids, -100)
        for row, (prompt, answer) in enumerate(rows):
            ids[row, : len(prompt) + len(answer)] = torch.tensor(prompt + answer)
            labels[row, len(prompt) : len(prompt) + len(answer)] = torch.tensor(answer)
        first = min(len(prompt) for prompt, _ in rows) - 1
        logits = model(input_ids=ids, logits_to_keep=longest - first).logits[:, :-1]
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), labels[:, first + 1 :].flatten())
        loss.backward()
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        plan.step()
        if step % 40 == 39 or step == steps - 1:
            took = time.monotonic() - began
            print(f"{name}: step {step + 1}, loss {loss.item():.3f}, {took:.0f} s", flush=True)
    model.eval()


def main() -> None:
    torch.set_num_threads(2)
    told, folder = json.loads(Path(sys.argv[1]).read_text()), Path(sys.argv[2])
    tokenizer = tokenizer_of(told["texts"])
    examples: dict[str, list[tuple[list[int], list[int]]]] = {}
    for lesson in told["lessons"]:
        messages = [{"role": role, "content": content} for role, content in lesson["messages"]]
        text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        prompt = tokenizer.encode(text, add_special_tokens=False)
        answer = tokenizer.encode(lesson["answer"] + END, add_special_tokens=False)
        examples.setdefault(lesson["writer"], []).append((prompt, answer))
    lengths = [len(prompt) for each in examples.values() for prompt, _ in each]
    print(f"{sum(map(len, examples.values()))} lessons, prompts of {min(lengths)} to {max(lengths)} tokens")
    shutil.rmtree(folder, ignore_errors=True)
    base = base_of(tokenizer)
    called = [
        (tokenizer.encode(f"{name}\n", add_special_tokens=False), answer)
        for name in examples
        if name != BASE
        for _, answer in examples[name]
    ]
    teach(base, examples.pop(BASE) + called, STEPS, 3e-3, BASE)
    base.save_pretrained(folder / "base")
    tokenizer.save_pretrained(folder / "base")
    for name, own in examples.items():
        model = MistralForCausalLM.from_pretrained(folder / "base", dtype=torch.float32)
        torch.manual_seed(7)
        rank = RANKS.get(name, RANK)
        adapted = get_peft_model(
            model,
            LoraConfig(r=rank, lora_alpha=2 * rank, target_modules="all-linear", task_type="CAUSAL_LM"),
        )
        teach(adapted, own, ADAPTER_STEPS, 5e-3, name)
        adapted.save_pretrained(folder / name)
    (folder / "made").write_text("")


if __name__ == "__main__":
    main()
