"""An exported dataset: its manifest and its rows of chat, compared with the manifest's digests."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generation.training.errors import refused

MANIFEST = "manifest.json"
SPLITS = ("train", "validation", "test")
CHUNK = 1 << 20


@dataclass(frozen=True)
class Row:
    """One example: its id, the messages up to the answer, and the series whose scene it is."""

    id: str
    messages: list[dict[str, str]]
    series: str
    line: int


@dataclass(frozen=True)
class Export:
    """A folder that `manage.py dataset export` wrote. `files` are the chats of one variant by split,
    `digests` what the manifest says of them; `withheld` examples are not in it, by the rights of the works
    that they are made from."""

    folder: Path
    slug: str
    version: int
    digest: str
    variant: str
    files: dict[str, Path]
    digests: dict[str, str]
    withheld: int = 0

    @property
    def lack(self) -> str:
        """A remark on examples that are not in it; empty where all are."""
        if not self.withheld:
            return ""
        were = "1 of its examples is" if self.withheld == 1 else f"{self.withheld:,} of its examples are"
        return (
            f"{were} not in this export: the works that they are made from may not be passed on. To train on "
            "them too, on your own machine, export with --with-texts."
        )

    def rows(self, split: str) -> Iterator[Row]:
        """The examples of a split in their order; none where there is no such split. Raises `InputErrors`."""
        path = self.files.get(split)
        if path is None:
            return
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield _row(line, path, number)

    def require_whole(self) -> None:
        """Check that every file has the manifest's digest. Raises `InputErrors`."""
        for split, path in self.files.items():
            if file_digest(path) != self.digests[split]:
                raise refused(
                    path, f"the {split} split is not what {MANIFEST} tells.", "export the dataset anew."
                )


def read_export(folder: str, variant: str) -> Export:
    """The export of one variant in a folder. Raises `InputErrors`."""
    home = Path(folder)
    told = _manifest(home)
    path = home / MANIFEST
    try:
        dataset = told["dataset"]
        slug, version, digest = str(dataset["slug"]), int(dataset["version"]), str(dataset["digest"])
        digests = {str(name): str(each) for name, each in told["files"].items()}
    except (KeyError, TypeError, ValueError, AttributeError):
        raise refused(path, "the manifest tells no dataset and files.", "export the dataset anew.") from None
    names = {split: f"chat/{variant}/{split}.jsonl" for split in SPLITS}
    files = {split: home / name for split, name in names.items() if name in digests}
    if "train" not in files:
        raise refused(
            path,
            f"there are no chats of variant {variant} to train on.",
            f"export them: manage.py dataset export {slug}@{version} --out FOLDER --variant {variant} "
            "--with-texts.",
        )
    for each in files.values():
        if not each.is_file():
            raise refused(each, "the manifest names this file, and it is not there.", "export anew.")
    withheld = sum(bool(each.get("withheld")) for each in told.get("examples", []))
    return Export(
        home, slug, version, digest, variant, files, {each: digests[names[each]] for each in files}, withheld
    )


def _manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise refused(
            path, "there is no export here.", "name the folder that `manage.py dataset export` wrote."
        ) from None
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise refused(path, f"the manifest cannot be read ({error}).", "export the dataset anew.") from None
    if not isinstance(told, dict):
        raise refused(path, "the manifest is no object.", "export the dataset anew.")
    return told


def _row(line: str, path: Path, number: int) -> Row:
    try:
        told = json.loads(line)
        messages = [{"role": str(each["role"]), "content": each["content"]} for each in told["messages"]]
        return Row(str(told["id"]), messages, str(told.get("series", "")), number)
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise refused(
            path,
            f"this is no example ({type(error).__name__}: {error}).",
            'a line is {"id": ..., "messages": [{"role": ..., "content": ...}, ...]}.',
            line=number,
        ) from None


def file_digest(path: Path) -> str:
    """SHA-256 of a file, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as handle:
        while piece := handle.read(CHUNK):
            digest.update(piece)
    return digest.hexdigest()
