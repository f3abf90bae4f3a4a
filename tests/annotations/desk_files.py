"""A small study with all that the desk knows: practice, checks, same and repeat pairings, pay, an ending."""

from pathlib import Path

from annotations.models import Study
from annotations.staff.studies.loading import load_study
from tests.annotations.study_files import BRIEF, STUDY, SYSTEMS, THESE_SERIES
from tests.snapshots import restore_or_make

MAIN = ("depot", "garage", "harbour", "island")
OUTSIDE = ("larder", "market", "nursery", "orchard")
EXTRAS = """\
practice: {briefs: [outside/larder.yaml, outside/market.yaml], pass: 2, tries: 2}
checks: {briefs: [outside/nursery.yaml, outside/orchard.yaml], damage: [cut, shuffle], announced: false}
sittings: {pairs: 2, break_minutes: 10}
pay: {currency: eur, per_pair: 12.5, minutes: 20}
guess: {when: last, scripts: 4}
debriefing: {en: Some of the scripts were written by machines., zh: 部分剧本出自机器。}
completion: {code: ABC123, url: "https://example.org/done?cc=ABC123"}
prolific: true
"""


def script(seat: int, brief: str) -> str:
    """Long enough to be damaged in every way, and another text for each seat number and brief."""
    lines = [f"INT. {brief.upper()} - NIGHT", ""]
    for turn in range(1, 11):
        lines += [f"Rain on window {turn} of the {brief}, and seat {seat} is empty.", ""]
        lines += ["ADA", f"End of the line, number {turn}. Take your coat.", ""]
        lines += ["BO", f"I have no coat. That was in verse {turn + seat}.", ""]
    return "\n".join(lines)


def write_desk(folder: Path, extras: str = EXTRAS, *, design: str = "{same: 1, repeat: 1}") -> Path:
    """Four briefs, three systems, nine seats, two briefs to practise on and two checks."""
    for place, slugs in (("briefs", MAIN), ("outside", OUTSIDE)):
        (folder / place).mkdir()
        for order, slug in enumerate(slugs, start=1):
            text = BRIEF.format(slug=slug, order=order)
            if place == "outside":
                series = "old-tram, title: Old Tram" if order < 3 else "last-kiln, title: Last Kiln"
                text = text.replace("night-bus, title: Night Bus", series)
            (folder / place / f"{slug}.yaml").write_text(text)
            home = folder / "scripts" / slug
            home.mkdir(parents=True)
            for seat, system in enumerate(SYSTEMS if place == "briefs" else ("human",), start=1):
                (home / f"{system}.fountain").write_text(script(seat, slug))
            if place == "briefs":
                (home / "alder.2.fountain").write_text(script(7, slug))
                (home / "birch.2.fountain").write_text(script(8, slug))
                (home / "human.2.fountain").write_text(script(9, slug))
    path = folder / "study.yaml"
    plan = "" if "plan:" in extras else THESE_SERIES
    path.write_text(f"{STUDY}design: {design}\n{extras}{plan}")
    return path


def load_desk(folder: Path, extras: str = EXTRAS, *, design: str = "{same: 1, repeat: 1}") -> Study:
    """The draft of these files, which is read once; later calls copy its rows back and write no file."""

    def load() -> int:
        return load_study(write_desk(folder, extras, design=design)).study.pk

    return Study.objects.get(pk=restore_or_make(("desk", extras, design), load))
