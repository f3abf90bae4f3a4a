"""Training data, near-duplicates: planted ones are found, scenes that only share a series are not."""

import random
import re
from pathlib import Path

from generation.screenplay import parse
from generation.screenplay.formats import scenes
from generation.screenplay.text_checks import detect_language
from generation.training_data.corpus.minhash import (
    REPEATS,
    best_likes,
    compare,
    matrix_of,
    shingles_of,
    signature_of,
)

EXAMPLES = Path(__file__).parents[3] / "examples"
OTHERS = {"en": "VESPER QUILL", "zh": "欧阳小鹭"}


def originals() -> list[tuple[str, str, tuple[str, ...]]]:
    """Scenes of the sample corpus and of the demonstration: one of each brief."""
    files = [*EXAMPLES.glob("corpus/*/*.fountain"), *EXAMPLES.glob("corpus/*/*.txt")]
    files += [*EXAMPLES.glob("scripts/*/human.*")]
    found = []
    for path in sorted(files):
        lines = path.read_text(encoding="utf-8").split("\n")
        text = "\n".join(line for line in lines if not line.startswith("//!"))
        language = detect_language(text)
        found += [
            (scene.text, language, scene.speakers)
            for scene in scenes(parse(text, language))
            if len(shingles_of(scene.text, language)) >= 60
        ]
    return found


def renamed(text: str, language: str, names: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    new = tuple(f"{OTHERS[language]}{number}" for number in range(len(names)))
    for old, other in zip(names, new, strict=True):
        text = re.sub(re.escape(old), other, text, flags=re.IGNORECASE)
    return text, new


def edited(text: str, rng: random.Random) -> str:
    """A line in twelve taken out, another written anew."""
    lines = text.split("\n")
    for _ in range(max(1, len(lines) // 24)):
        lines[rng.randrange(2, len(lines))] = ""
        lines[rng.randrange(2, len(lines))] = (
            "整句都改了。" if re.search("[一-龥]", text) else "Said otherwise."
        )
    return "\n".join(lines)


def test_planted_repeats_are_found_and_other_scenes_of_a_series_are_not(capsys) -> None:
    rng = random.Random(11)
    own = [each for each in originals() if each[0].strip()][:48]
    signatures = {"en": [], "zh": []}
    planted: dict[str, dict[int, tuple[str, int]]] = {"en": {}, "zh": {}}
    for text, language, names in own:
        signatures[language].append(signature_of(text, language, names))
    firsts = {language: len(each) for language, each in signatures.items()}
    seen = {"en": 0, "zh": 0}
    for text, language, names in own:
        half = text[: text.find("\n", len(text) * 11 // 20)]
        other, others = renamed(text, language, names)
        again = {
            "the same": (text, names),
            "edited": (edited(text, rng), names),
            "renamed": (other, others),
            "half": (half, names),
        }
        for kind, (changed, speakers) in again.items():
            planted[language][len(signatures[language])] = (kind, seen[language])
            signatures[language].append(signature_of(changed, language, speakers))
        seen[language] += 1
    found: dict[str, list[bool]] = {}
    false = 0
    for language, each in signatures.items():
        likes = best_likes(*matrix_of(each), least=REPEATS)
        false += sum(1 for row in likes if row < firsts[language])
        for row, (kind, first) in planted[language].items():
            like = likes.get(row, (-1, 0.0))[0]
            same = like == first or planted[language].get(like, ("", -1))[1] == first
            found.setdefault(kind, []).append(same)
    with capsys.disabled():
        shares = {kind: f"{sum(each)}/{len(each)}" for kind, each in found.items()}
        print(f"\nnear-duplicates found at {REPEATS}: {shares}; {false} of {len(own)} other scenes marked")
    assert all(sum(each) >= 0.9 * len(each) for each in found.values())
    assert false == 0


def test_signatures_are_the_same_everywhere_and_estimate_what_is_in_common() -> None:
    words = [f"word{number}" for number in range(400)]
    one, other = " ".join(words[:300]), " ".join(words[100:])
    matrix, counts = matrix_of([signature_of(one, "en"), signature_of(other, "en")])
    first, second = (set(shingles_of(text, "en").tolist()) for text in (one, other))
    exact = len(first & second) / len(first | second)
    assert abs(compare(matrix, counts, 0, 1).jaccard - exact) < 3 * (exact * (1 - exact) / 126) ** 0.5
    # Kept in databases: what a text's signature is may not change.
    assert signature_of("One two three four five six.", "en")[:9].hex() == "010200000053916610"
    assert signature_of("", "en") == b""
