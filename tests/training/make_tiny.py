"""A model of two layers that knows nothing, by the tokenizer of the small base: for settings, not for texts.

python -m tests.training.make_tiny BASE FOLDER
"""

import sys

import torch
from transformers import AutoTokenizer, Qwen2Config, Qwen2ForCausalLM

CONTEXT = 16_384
"""More than the `max_length` of any shipped recipe."""


def main() -> None:
    base, folder = sys.argv[1:]
    tokenizer = AutoTokenizer.from_pretrained(base)
    torch.manual_seed(7)
    model = Qwen2ForCausalLM(
        Qwen2Config(
            vocab_size=len(tokenizer),
            hidden_size=64,
            intermediate_size=128,
            num_hidden_layers=2,
            num_attention_heads=2,
            num_key_value_heads=1,
            max_position_embeddings=CONTEXT,
            tie_word_embeddings=False,
            eos_token_id=tokenizer.eos_token_id,
            bos_token_id=None,
            pad_token_id=tokenizer.pad_token_id,
        )
    )
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


if __name__ == "__main__":
    main()
