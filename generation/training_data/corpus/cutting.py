"""A file of a whole screenplay to the rows of a work's scenes."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from evalsite.core.errors import InputError, InputErrors
from generation.reason_codes import sentence
from generation.screenplay import Kind, digest
from generation.screenplay.formats import Understood, read_script, scenes
from generation.screenplay.formats.sniff import LARGEST
from generation.screenplay.formats.tokens import TOKEN
from generation.training_data.corpus.folder import WorkSpec
from generation.training_data.corpus.likeness import signature_of
from generation.training_data.corpus.refusals import NOT_READ, SILENT, SILENT_MEND
from generation.training_data.corpus.speakers import speakers_of
from generation.training_data.models import Scene

MOST_TOLD = 50
"""Lines of one file that are told one by one; the rest is counted."""


@dataclass(frozen=True)
class Given:
    """A work as it is handed in: what is told of it, its file's name and content, and how it is read."""

    spec: WorkSpec
    name: str
    load: Callable[[], bytes]
    read: Callable[[bytes], Understood] | None = None

    @classmethod
    def from_file(cls, spec: WorkSpec) -> "Given":
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
        message = f"the file cannot be read ({error.strerror})."
        fix = "check its name, its folder and its permissions."
        raise InputErrors([InputError(str(path), 1, 1, message, fix)]) from error


def faults_of(understood: Understood, spec: WorkSpec, name: str) -> list[InputError]:
    """What keeps a file from being a work: another language, nothing to cut it at, signs of models."""
    faults = []
    if any(warned.code == "language" for warned in understood.warnings):
        message = NOT_READ[spec.language]
        faults.append(
            InputError(name, 1, 1, message, sentence("say the right language, or hand in the right file."))
        )
    if not any(understood.script.of(Kind.HEADING)):
        message = sentence("no scene heading was found, so it cannot be cut into scenes.")
        fix = sentence("begin each scene with INT. or EXT., or with 第1场 and the place.")
        faults.append(InputError(name, 1, 1, message, fix))
    return [*faults, *list(_with_tokens(understood, name))[:MOST_TOLD]]


def _with_tokens(understood: Understood, name: str) -> Iterator[InputError]:
    """Lines that hold what only models write: no dataset takes a scene with it."""
    for line in understood.lines:
        if not line.dropped and (found := TOKEN.search(line.source)):
            message = f"the line holds {found[0]}, by which models know where a message ends."
            yield InputError(
                name, max(1, line.number), found.start() + 1, message, "take it out of the file."
            )


def warnings_of(understood: Understood, name: str) -> Iterator[InputError]:
    """What is worth a look, line by line; all of it is kept as it stands."""
    if understood.is_silent:
        yield InputError(name, 1, 1, SILENT, SILENT_MEND[understood.language])
    lost = understood.lost
    for line in lost[:MOST_TOLD]:
        message = f"not understood: {line.source.strip():.60}"
        yield InputError(name, max(1, line.number), 1, message, "mend the line in the file.")
    if len(lost) > MOST_TOLD:
        more = len(lost) - MOST_TOLD
        yield InputError(name, 1, 1, f"{more} more lines were not understood.", "look at the file's layout.")
    for warned in understood.warnings:
        if warned.code not in ("not-understood", "language"):
            fix = "see whether the scenes are whole."
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
