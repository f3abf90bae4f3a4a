"""A folder of screenplays and its manifest, `corpus.yaml`:

works:
  - file: long-grass/1-the-gate.fountain    # below the folder; Fountain, Final Draft, Word, PDF, text
    series: {slug: long-grass, title: Long Grass}
    title: The Gate
    order: 1                                # its place in the story of its series, if it has several works
    language: en                            # en, zh
    rights: train                           # train, or redistribute
    credit: Written for this corpus by ...
    genre: drama                            # these may be left out
    origin: unaired                         # commissioned, aired, unaired
    version: draft                          # draft, shooting, transcript
    slug: long-grass-1                      # the series and the order by default
"""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from evalsite.core.errors import InputError, InputErrors
from evalsite.core.reason_codes import sentence
from generation.models import Language, Source
from generation.screenplay.formats.sniff import EXTENSIONS
from generation.training_data.models import Work
from generation.yaml_files import Document, Node, read_yaml

MANIFEST = "corpus.yaml"
MOST_WORKS = 5_000
REQUIRED = ("file", "series", "title", "language", "rights", "credit")
OPTIONAL = ("order", "genre", "origin", "version", "slug")
SUFFIXES = tuple(f".{each}" for all_of in EXTENSIONS.values() for each in all_of if each and each != "md")


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkSpec:
    """One work as its manifest (or a form) describes it; `told_at` is where: file, line, column."""

    slug: str
    series_slug: str
    series_title: str
    title: str
    order: int
    language: str
    rights: str
    credit: str
    genre: str = ""
    origin: str = ""
    version: str = ""
    path: str = ""
    is_placed: bool = True
    told_at: tuple[str, int, int] = ("", 1, 1)

    def fault(self, message: str, fix: str) -> InputError:
        """A fault at the work's place in the manifest."""
        return InputError(*self.told_at, message, fix)


@dataclass(frozen=True, slots=True)
class Folder:
    """The works of a folder in story order, and files in it that the manifest does not name."""

    works: tuple[WorkSpec, ...]
    unnamed: tuple[Path, ...]


def read_folder(folder: Path) -> Folder:
    """The works that a folder's manifest names. Raises `InputErrors` with all that is wrong."""
    found, faults = look_at_folder(folder)
    if faults:
        raise InputErrors(faults)
    return found


def look_at_folder(folder: Path) -> tuple[Folder, list[InputError]]:
    """The well-described works of a folder's manifest, and the faults of the others. Raises
    `InputErrors` where there is no manifest, or none that can be read.
    """
    path = folder / MANIFEST if folder.is_dir() else folder
    if not path.exists():
        what = f"there is no {MANIFEST} in this folder." if folder.is_dir() else "folder not found."
        fix = f"add one that lists works with {', '.join(REQUIRED)}; examples/corpus/{MANIFEST} is one."
        fix = fix if folder.is_dir() else f"choose a folder with a {MANIFEST}."
        raise InputErrors.single(str(folder), what, fix)
    document, root = read_yaml(path)
    fields = root.mapping(required=("works",))
    nodes = fields["works"].sequence(least=1, most=MOST_WORKS) if "works" in fields else []
    works = [work for node in nodes if (work := _work(path.parent, node)) is not None]
    _once(document, works)
    named = {Path(work.path).resolve() for work in works}
    inside = sorted(each for each in path.parent.rglob("*") if each.suffix.lower() in SUFFIXES)
    unnamed = tuple(each for each in inside if each.is_file() and each.resolve() not in named)
    in_order = tuple(sorted(works, key=lambda work: (work.series_slug, work.order)))
    return Folder(in_order, unnamed), document.faults


def _work(folder: Path, node: Node) -> WorkSpec | None:
    before = len(node.document.faults)
    fields = node.mapping(required=REQUIRED, optional=OPTIONAL)
    if not fields.keys() >= set(REQUIRED):
        return None
    series = fields["series"].mapping(required=("slug", "title"))
    if not series.keys() >= {"slug", "title"}:
        return None
    order = fields["order"].integer(1, 99_999) if "order" in fields else 1
    series_slug = series["slug"].slug(most=60)
    if "slug" in fields and fields["slug"].value == "new":
        fields["slug"].fault("the slug “new” is reserved.", "choose another one.")
    work = WorkSpec(
        slug=fields["slug"].slug() if "slug" in fields else f"{series_slug}-{order}",
        series_slug=series_slug,
        series_title=series["title"].text(most=200),
        title=fields["title"].text(most=200),
        order=order,
        language=fields["language"].choice(tuple(Language.values)),
        rights=fields["rights"].choice(tuple(Work.Rights.values)),
        credit=fields["credit"].text(most=4_000),
        genre=fields["genre"].slug(most=60) if "genre" in fields else "",
        origin=fields["origin"].choice(tuple(Source.Origin.values)) if "origin" in fields else "",
        version=fields["version"].choice(tuple(Source.Version.values)) if "version" in fields else "",
        path=str(_file(folder, fields["file"])),
        is_placed="order" in fields,
        told_at=(str(node.document.path), node.line, node.column),
    )
    return work if len(node.document.faults) == before else None


def _file(folder: Path, node: Node) -> Path:
    name = node.text(most=500)
    path = folder / name
    if name and not path.resolve().is_relative_to(folder.resolve()):
        node.fault(f"{name} is outside the folder.", "put the file into the folder.")
    elif name and not path.is_file():
        node.fault(f"there is no file {name} here.", "check the name, or remove the work from the manifest.")
    return path


def _once(document: Document, works: list[WorkSpec]) -> None:
    """Each slug, each file and each place of a series once; a series has one title and one language."""
    seen: dict[tuple[str, ...], WorkSpec] = {}
    count = Counter(work.series_slug for work in works)
    for work in works:
        if not work.is_placed and count[work.series_slug] > 1:
            message = f"series {work.series_slug} has several works, but this one has no order."
            document.fault(*work.told_at[1:], message, "number them in story order: 1, 2, 3.")
    works = [work for work in works if work.is_placed or count[work.series_slug] == 1]
    for work in works:
        keys = {
            ("slug", work.slug): f"slug {work.slug} appears twice.",
            ("file", str(Path(work.path).resolve())): "this file appears twice.",
            ("place", work.series_slug, str(work.order)): (
                sentence(
                    "series %(series)s has two works in position %(order)s.",
                    series=work.series_slug,
                    order=work.order,
                )
            ),
        }
        for key, message in keys.items():
            if key in seen:
                line = seen[key].told_at[1]
                document.fault(
                    *work.told_at[1:], message, f"line {line} has the same value: change one of them."
                )
            seen.setdefault(key, work)
        first = seen.setdefault(("series", work.series_slug), work)
        if (first.series_title, first.language) != (work.series_title, work.language):
            message = (
                f"series {work.series_slug} has a different title or language on line {first.told_at[1]}."
            )
            document.fault(*work.told_at[1:], message, "use one title and one language for a series.")
