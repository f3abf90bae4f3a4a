"""Deployment: the sums of docs/gpus.md: what the command prints, and by hand what it must be."""

from pathlib import Path

import pytest

from generation.briefs.files import read_brief
from generation.pipelines import find_system
from generation.runs.sums import (
    PRICES,
    RATES,
    Tokens,
    gpu_hours,
    main,
    render_sums,
    tokens_by_stage,
    tokens_of,
)

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "gpus.md").read_text()


def test_the_page_has_what_the_command_prints(capsys):
    assert main([]) == 0
    assert PAGE.split("<!-- sums -->\n")[1].split("<!-- end of sums -->")[0] == capsys.readouterr().out


def test_the_page_names_the_prices():
    assert all(str(price) in PAGE for price in PRICES)


def test_tokens_are_counted_by_character():
    assert tokens_of("Ten chars.") == pytest.approx(3.0)
    assert tokens_of("雨停了。 ok") == pytest.approx(4 * 0.6 + 3 * 0.3)


def test_a_later_stage_reads_what_the_one_before_it_wrote():
    brief = read_brief(ROOT / "examples/briefs/en/car-two.yaml")
    found = tokens_by_stage(find_system("dsr"), brief)
    plain = tokens_by_stage(find_system("dsr-no-directives"), brief)
    assert found["screenplay"] == plain["screenplay"]  # directives do not go on
    assert found["novel"].answer - plain["novel"].answer == pytest.approx(found["screenplay"].answer)
    alone = tokens_by_stage(find_system("direct"), brief)["screenplay"]
    assert found["screenplay"].prompt > alone.prompt + 0.9 * plain["novel"].answer


def test_hours_of_a_gpu():
    # The first source: 7,834.14 tokens a second, half of them read. An hour of that is 28.2 million.
    assert gpu_hours(Tokens(14_101_452, 14_101_452), RATES[0]) == pytest.approx(1.0)


def test_twice_the_samples_are_twice_the_tokens():
    one, two = (render_sums(32, samples, 50_000).splitlines() for samples in (2, 4))
    row = next(line for line in one if line.startswith("| study"))
    other = next(line for line in two if line.startswith("| study"))
    tokens = [float(line.split("|")[2].removesuffix("M ").strip(" M")) for line in (row, other)]
    assert tokens[1] == pytest.approx(2 * tokens[0], rel=0.01)


def test_counts_below_one_are_refused(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["--samples", "0"])
    assert stopped.value.code == 2
    assert "1 or more" in capsys.readouterr().err
