"""Which tensors of a trained folder are others than before, and in what type they are kept, as JSON.

python -m tests.training.moved BASE FOLDER
"""

import json
import sys
from pathlib import Path

from safetensors.torch import load_file


def weights(folder: str) -> dict:
    return {
        name: each
        for path in sorted(Path(folder).glob("*.safetensors"))
        for name, each in load_file(path).items()
    }


def main() -> None:
    before, after = map(weights, sys.argv[1:])
    # The second half of an adapter begins at zero; the first, at random, moves once the second has.
    moved = [
        name
        for name, each in after.items()
        if (name in before and not each.equal(before[name])) or ("lora_B" in name and each.any())
    ]
    counted = [name for name in after if "lora_A" not in name]
    types = sorted({str(each.dtype).removeprefix("torch.") for each in after.values()})
    print(json.dumps({"weights": len(counted), "moved": len(moved), "dtypes": types}))


if __name__ == "__main__":
    main()
