"""A file of a whole screenplay to the rows of a work's scenes."""

import hashlib
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from evalsite.core.errors import InputError, InputErrors
from evalsite.core.reason_codes import sentence
from generation.screenplay import Kind, digest
from generation.screenplay.formats import Understood, read_script, scenes
from generation.screenplay.formats.sniff import LARGEST
from generation.screenplay.text import END_TOKEN
from generation.training_data.corpus.folder import WorkSpec
from generation.training_data.corpus.minhash import signature_of
from generation.training_data.models import Scene

SILENT = sentence("this file has no dialogue, so its scenes can't become training data.")
"""The fault of a screenplay without a single speech: its layout was most likely not understood."""
SILENT_FIX = {
    "zh": sentence(
        "write each line of dialogue as “小满：走。”, or put the name on its own line with a blank line"
        " above and the dialogue right below it (in Fountain: @小满). Then import the file again."
    ),
    "en": sentence(
        "put each name in capitals below a blank line, with the dialogue right below it. Then"
        " import the file again."
    ),
}
NOT_READ = {
    "en": sentence("the language is set to English, but the text does not look English."),
    "zh": sentence("the language is set to Chinese, but the text does not look Chinese."),
}


LONGEST = 120
_LABEL = re.compile(r"\s*[（(【\[].*$")
_VOICE = re.compile(r"(?<=[\u3400-\u9fff])\s*(?:[OV]\.?[SO]\.?)$", re.IGNORECASE)
_JOINT = {
    "en": re.compile(r"\s*(?:,|/|&|\+|\bAND\b|\band\b)\s*"),
    "zh": re.compile(r"\s*[、，,/／&＆+＋]\s*"),
}
_AND = re.compile("[和与]")
NO_PERSON = frozenset(
    ["OS", "VO", "O.S.", "V.O.", "O.C.", "旁白", "画外音", "画外", "字幕", "解说", "画外解说"]
)
"""Words in the place of a name that name no one."""


def names_in(cue: str, language: str) -> list[str]:
    """The persons of one cue, in order: without (V.O.) and the like, and each of several at once."""
    bare = _LABEL.sub("", cue).strip(" 　:：")
    found = []
    for part in _JOINT[language].split(bare):
        name = " ".join(part.split())
        if language == "zh":
            name = _VOICE.sub("", name).strip()
        if name and name.upper() not in NO_PERSON and len(name) <= LONGEST:
            found.append(name)
    return found


def speakers_of(cues: Iterable[str], language: str, known: dict[str, str]) -> list[str]:
    """The names in a scene, each once, in the order in which they come.

    `known` are the names of the work so far by their form in lower case; a name that is known under other
    capitals is the known one. New ones are added to it.
    """
    written = [name for cue in cues for name in names_in(cue, language)]
    alone = {*known, *(name.casefold() for name in written)}
    names = (part for name in written for part in _apart(name, alone))
    return list(dict.fromkeys(known.setdefault(name.casefold(), name) for name in names))


def unified(scenes: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
    """Who speaks in each scene of a series (in story order), everybody under the first spelling.

    Two who are joined are taken apart where both are known by themselves anywhere in these scenes.
    """
    alone = {name.casefold() for names in scenes for name in names}
    known: dict[str, str] = {}
    found = []
    for names in scenes:
        parts = (part for name in names for part in _apart(name, alone))
        found.append(tuple(dict.fromkeys(known.setdefault(part.casefold(), part) for part in parts)))
    return found


def _apart(name: str, alone: Collection[str]) -> list[str]:
    """Two who are joined by 和 or 与, which may also be part of a name: if both are known by themselves."""
    parts = _AND.split(name)
    return parts if len(parts) > 1 and all(part in alone for part in parts) else [name]


MOST_TOLD = 50
"""Lines of one file that are listed one by one; the rest is counted."""


@dataclass(frozen=True)
class WorkUpload:
    """A work as it is handed in: its details, its file's name and content, and how it is read."""

    spec: WorkSpec
    name: str
    load: Callable[[], bytes]
    read: Callable[[bytes], Understood] | None = None

    @classmethod
    def from_file(cls, spec: WorkSpec) -> "WorkUpload":
        return cls(spec, spec.path, lambda: _bytes(Path(spec.path)))

    @cached_property
    def content(self) -> bytes:
        return self.load()

    @property
    def file_digest(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    def understood(self) -> Understood:
        """What is understood of the file. Raises `InputErrors`."""
        if self.read is not None:
            return self.read(self.content)
        return read_script(self.content, self.name, self.spec.language)


def _bytes(path: Path) -> bytes:
    """The file, and a byte more than is taken: its reader says that it is too long. Raises `InputErrors`."""
    try:
        with path.open("rb") as handle:
            return handle.read(LARGEST + 1)
    except OSError as error:
        message = f"can't read the file ({error.strerror})."
        fix = "check its name, its folder and its permissions."
        raise InputErrors.single(str(path), message, fix) from error


def faults_of(understood: Understood, spec: WorkSpec, name: str) -> list[InputError]:
    """What keeps a file from being a work: another language, nothing to cut it at, signs of models."""
    faults = []
    if any(warned.code == "language" for warned in understood.warnings):
        message = NOT_READ[spec.language]
        faults.append(
            InputError(name, 1, 1, message, sentence("correct the language, or upload the right file."))
        )
    if not any(understood.script.of(Kind.HEADING)):
        message = sentence("no scene headings found, so the text can't be split into scenes.")
        fix = sentence("start each scene with INT. or EXT., or with 第1场 and the place.")
        faults.append(InputError(name, 1, 1, message, fix))
    return [*faults, *list(_with_tokens(understood, name))[:MOST_TOLD]]


def _with_tokens(understood: Understood, name: str) -> Iterator[InputError]:
    """Lines that hold what only models write: no dataset takes a scene with it."""
    for line in understood.lines:
        if not line.dropped and (found := END_TOKEN.search(line.source)):
            message = f"the line holds {found[0]}, which models use to mark the end of a message."
            yield InputError(
                name, max(1, line.number), found.start() + 1, message, "remove it from the file."
            )


def warnings_of(understood: Understood, name: str) -> Iterator[InputError]:
    """What is worth a look, line by line; the text stays as it is."""
    if understood.is_silent:
        yield InputError(name, 1, 1, SILENT, SILENT_FIX[understood.language])
    lost = understood.lost
    for line in lost[:MOST_TOLD]:
        message = f"line not recognised: {line.source.strip():.60}"
        yield InputError(name, max(1, line.number), 1, message, "correct the line in the file.")
    if len(lost) > MOST_TOLD:
        more = len(lost) - MOST_TOLD
        yield InputError(
            name, 1, 1, f"{more} more lines were not recognised.", "check the layout of the file."
        )
    for warned in understood.warnings:
        if warned.code not in ("not-understood", "language"):
            fix = "check that the scenes are complete."
            yield InputError(name, max(1, warned.number), 1, f"{warned.message}.", fix)


def scene_rows(understood: Understood) -> list[Scene]:
    """The scenes of a work, not stored yet. All follows from the file alone: which spelling of a name is that
    of its series is settled among the works of a run.
    """
    rows = []
    known: dict[str, str] = {}
    for cut in scenes(understood.script):
        speakers = speakers_of(cut.speakers, understood.language, known)
        rows.append(
            Scene(
                number=cut.number,
                label=cut.label[:40],
                heading=cut.heading.replace("\n", " ")[:500],
                text=cut.text,
                digest=digest(cut.text),
                length=cut.length,
                speakers=speakers,
                signature=signature_of(cut.text, understood.language, speakers),
            )
        )
    return rows
