"""Docstrings and comments: names in backticks exist, and words of a private dialect stay few."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WORD = re.compile(r"[A-Za-z_]\w*")
NAME = re.compile(r"`([A-Za-z_][\w.]*)(?:\(\))?`")
# Docstrings, comments, and strings of several lines, which are no notes.
NOTE = re.compile(r'(?P<note>^ *r?""".*?"""|(?:^|  )# [^\n]*)|""".*?"""', re.DOTALL | re.MULTILINE)
PROSE = {".csv", ".docx", ".fdx", ".fountain", ".json", ".md", ".pdf", ".po", ".txt", ".woff2"}
ELSEWHERE = {
    *("collectstatic", "createcachetable", "is_private"),
    *("is_deepspeed_zero3_enabled", "is_fsdp_enabled", "make_arg_parser", "wait_for_function"),
    *("MaxLoRARanks", "unzip"),
}
"""Names of other programs and libraries that this code does not use."""
DIALECT = re.compile(r"\b(stands?|stood|told|beside|nobody|somebody|anybody|anew|so many|whoever)\b", re.I)
MOST = {"evalsite": 42, "generation": 310, "annotations": 81, "analysis": 124}
"""Words of the dialect in each package. Lower a number when you replace one by plain words."""


def test_comments_name_only_what_exists() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    known = set(ELSEWHERE)
    noted = []
    for path in map(Path, listed.stdout.splitlines()):
        if path.suffix in PROSE or not (ROOT / path).is_file() or path == Path(__file__).relative_to(ROOT):
            continue
        text = (ROOT / path).read_bytes().decode(errors="ignore")
        if path.suffix == ".py":
            notes = [found["note"] or "" for found in NOTE.finditer(text)]
            noted += [(str(path), name) for note in notes for name in NAME.findall(note)]
            text = NOTE.sub(lambda found: "" if found["note"] else found[0], text)
        known.update(WORD.findall(text), WORD.findall(str(path)))
    assert len(noted) > 1000
    assert [(path, name) for path, name in noted if not known.issuperset(WORD.findall(name))] == []


def test_words_of_a_private_dialect_do_not_come_back() -> None:
    found = {
        package: sum(
            len(DIALECT.findall(note["note"] or ""))
            for path in (ROOT / package).rglob("*.py")
            for note in NOTE.finditer(path.read_text("utf-8"))
        )
        for package in MOST
    }
    assert {package: number for package, number in found.items() if number > MOST[package]} == {}
