"""Leaks and ordinary passages that were written before the rules were read: `pytest -s` prints the rates.

The rules were developed on the half `dev`. The half `held` was looked at once, at the end; its rates at that
time are in `docs/studies.md`.
"""

from pathlib import Path
from typing import Any

import pytest
import yaml

from generation.screenplay.leaks.scanning import scan

CASES: dict[str, Any] = yaml.safe_load(
    (Path(__file__).parent / "cases/fresh_leaks.yaml").read_text(encoding="utf-8")
)
CAST = {"en": ["Jo", "Del", "Nell Marsh"], "zh": ["乔安", "德叔", "江晚"]}
SCENES = {
    "en": """INT. NET LOFT - DUSK

Rain on tin. JO (29) mends a net by the one lamp that works. DEL (60s) watches her from an upturned crate.

DEL
That knot won't last.

JO
It lasted you.

He thinks about it. The lamp flickers.

{}DEL
You could stay till spring.

Jo pulls the knot tight and bites off the end.
""",
    "zh": """1-3　渔网阁楼　黄昏　内
人物：乔安、德叔

△雨打铁皮。乔安就着一盏灯补网，德叔坐在倒扣的木箱上看着。
德叔：这结撑不住。
乔安：撑了你半辈子。
△他想了想。灯闪了一下。
{}德叔：要不你住到开春。
△乔安把结拉紧，咬断线头。
""",
}
BLOCKS = {
    "en": {
        "line": "{}",
        "speech": "JO\n{}",
        "cue": "{}\nNot tonight.",
        "paren": "JO\n({})\nNot tonight.",
        "under": "JO\n{}\nNot tonight.",
        "end": "JO\nNot tonight. {}",
    },
    "zh": {
        "line": "{}",
        "speech": "乔安：{}",
        "cue": "{}：今晚不行。",
        "paren": "乔安：（{}）今晚不行。",
        "under": "乔安：\n{}\n今晚不行。",
        "end": "乔安：今晚不行。{}",
    },
}


def scene_with(text: str, where: str, language: str) -> str:
    scene, gap = SCENES[language], "\n\n" if language == "en" else "\n"
    if where == "head":
        return f"{text}\n\n{scene.format('')}"
    if where == "tail":
        return f"{scene.format('')}\n{text}\n"
    return scene.format(BLOCKS[language].get(where, "{}").format(text) + gap)


def found(text: str, language: str) -> list[str]:
    return [place.excerpt for place in scan(text, language, characters=CAST[language], **CASES["names"])]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(("half", "least"), [("dev", 29), ("held", 26)])
def test_planted_leaks_are_found(language: str, half: str, least: int) -> None:
    planted = CASES["planted"][language][half]
    missed = [each for each in planted if not found(scene_with(each[2], each[1], language), language)]
    print(f"\n{language} {half}: {len(planted) - len(missed)} of {len(planted)} found")
    assert len(planted) - len(missed) >= least, missed


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("half", ["dev", "held"])
def test_ordinary_passages_are_left_alone(language: str, half: str) -> None:
    passages = CASES["clean"][language][half]
    flagged = [each for each in passages if found(scene_with(each, "block", language), language)]
    print(f"\n{language} {half}: {len(flagged)} of {len(passages)} ordinary passages flagged")
    assert len(flagged) <= 1, flagged
