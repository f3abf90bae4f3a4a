"""Writing a dataset into a folder: chats, Parquet, a card and a manifest, which together are a folder as the
Hugging Face Hub has them.

    README.md                       the card, with a YAML head
    manifest.json                   what it is, every example by digest, SHA-256 of every file
    data/<split>-00000-of-00001.parquet
    chat/<variant>/<split>.jsonl

One pass over the examples, a batch in memory at a time. Of examples that may not be passed on
(`datasets.rights`) an export holds the digests alone, unless it is made `with_texts`, for training
on one's own machine.
"""

import hashlib
import json
import re
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from django.db.models import Count

import evalsite
from evalsite.core.digests import json_digest, text_digest
from evalsite.core.errors import InputError, InputErrors
from generation.training_data.datasets.building import dataset_digest
from generation.training_data.datasets.cards import sources
from generation.training_data.datasets.examples import each_content, refuse_sealed, render_rejected_since
from generation.training_data.datasets.rights import (
    Why,
    render_withheld,
    train_only,
    train_only_then,
    withheld_of,
)
from generation.training_data.datasets.sampling import TEST, TRAIN, VALIDATION
from generation.training_data.models import Dataset, Work

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq
from generation.pipelines import StageSpec, find_system, prepare
from generation.screenplay import bare_text
from generation.training_data.models import TrainedModel

DSR, PROSE_ONLY, END_TO_END, REVERSE_ONLY = VARIANTS = tuple(TrainedModel.Variant.values)
_SYSTEM = {DSR: "dsr", PROSE_ONLY: "dsr-no-directives", END_TO_END: "end-to-end", REVERSE_ONLY: "dsr"}


@cache
def serving_stage(variant: str) -> StageSpec:
    """The stage that will ask a model trained on this variant."""
    return find_system(_SYSTEM[variant]).stages[0]


def prompt_digests() -> dict[str, str]:
    """The prompts that the messages are made with, by name and language."""
    stages = [serving_stage(variant) for variant in VARIANTS]
    return {f"{each.name}.{each.language}": each.digest for stage in stages for each in stage.carried()}


def answer_of(variant: str, content: Mapping[str, Any]) -> str:
    """What a model is to learn to answer."""
    if variant == END_TO_END:
        return _script(content)
    if variant == PROSE_ONLY:
        return _novel(content["novel"])
    written = _script(content) if variant == REVERSE_ONLY else str(content["novel"])
    return f"{content['directives']}\n\n{_novel(written)}"


def _script(content: Mapping[str, Any]) -> str:
    """The source's own script, as a model is to write it: without marks of force."""
    return bare_text(content["script"], content["language"]).strip()


def _novel(text: str) -> str:
    return f"<novel>\n{text}\n</novel>"


def chat_of(variant: str, content: Mapping[str, Any]) -> dict[str, Any]:
    """One line of a chat file: {messages, id, language, series, work, number}."""
    asked = prepare(serving_stage(variant), content["brief"], {}, None).messages
    messages = [{"role": role, "content": text} for role, text in asked]
    return {
        "messages": [*messages, {"role": "assistant", "content": answer_of(variant, content)}],
        "id": content["id"],
        "language": content["language"],
        "series": content["series"]["slug"],
        "work": content["scene"]["work"],
        "number": content["scene"]["number"],
    }


SPLITS = (TRAIN, VALIDATION, TEST)
FORMS = ("jsonl", "parquet")
ROW_GROUP = 500
MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written. `withheld` examples are there by their digests alone, `retelling` of them for what
    their context or profiles were made of."""

    folder: Path
    examples: int
    withheld: int
    retelling: int
    files: tuple[str, ...]


def export(
    dataset: Dataset,
    folder: Path,
    *,
    variants: Sequence[str] = VARIANTS,
    forms: Sequence[str] = FORMS,
    with_texts: bool = False,
    with_sealed: bool = False,
) -> Exported:
    """Write a dataset into a folder that is new or empty. Raises `InputErrors`, also where an example nearly
    is a script that a study has sealed, unless `with_sealed`, which is for training on this machine.
    """
    if not with_sealed:
        refuse_sealed(dataset)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputErrors.single(str(folder), "the folder is not empty.", "choose a new folder.")
    folder.mkdir(parents=True, exist_ok=True)
    try:
        return _write(dataset, folder, variants, forms, with_texts)
    except InputErrors:
        for path in folder.iterdir():  # it was empty
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        raise


def _write(
    dataset: Dataset, folder: Path, variants: Sequence[str], forms: Sequence[str], with_texts: bool
) -> Exported:
    require_same = _Stored(dataset)
    counts: Counter[str] = Counter()
    withheld = withheld_of(dataset)
    held_back = {} if with_texts else withheld
    with ExitStack() as stack:
        writers = _Writers(stack, folder, variants, forms)
        manifest = stack.enter_context((folder / MANIFEST).open("w", encoding="utf-8"))
        _begin(manifest, dataset, variants, with_texts)
        for content in _all(dataset):
            require_same.of(content)
            if content["scene"]["key"] in withheld:
                content["rights"] = Work.Rights.TRAIN.value
            kept = content["scene"]["key"] not in held_back
            if kept:
                writers.take(content)
                counts[content["split"]] += 1
            _line(manifest, content, first=not writers.lines, withheld=not kept)
            writers.lines += 1
        require_same.of_all()
        writers.end()
        readme = _readme(dataset, counts, variants, forms, withheld, with_texts)
        (folder / "README.md").write_text(readme, encoding="utf-8")
        files = {
            str(path.relative_to(folder)): sha256_of(path)
            for path in sorted(folder.rglob("*"))
            if path.is_file() and path.name != MANIFEST
        }
        manifest.write(f'\n],\n"files": {_json(files, indent=1)}\n}}\n')
    retelling = sum(why is Why.RETELLS for why in held_back.values())
    return Exported(folder, writers.lines, len(held_back), retelling, (*files, MANIFEST))


def _all(dataset: Dataset) -> Iterator[dict[str, Any]]:
    for split in SPLITS:
        yield from each_content(dataset, split=split)


class _Stored:
    """The digests that a dataset was stored under: texts that do not have them are not written under them."""

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset
        fields = ("scene__work__slug", "scene__number", "digest", "split")
        self.rows = {(work, number): rest for work, number, *rest in dataset.examples.values_list(*fields)}

    def of(self, content: Mapping[str, Any]) -> None:
        """Raises `InputErrors` where an example is not what it was."""
        place = content["scene"]
        if self.rows[place["work"], place["number"]][0] != content["digest"]:
            raise InputErrors(
                [self._fault(f"{place['work']}/{place['number']} has changed since it was stored.")]
            )

    def of_all(self) -> None:
        """Raises `InputErrors` where examples have gone or come."""
        pairs = [(digest, split) for digest, split in self.rows.values()]
        if dataset_digest(pairs, self.dataset.recipe) != self.dataset.digest:
            raise InputErrors([self._fault("its examples have changed since it was stored.")])

    def _fault(self, message: str) -> InputError:
        fix = "list the differences with `dataset remake`, and build another version from the run."
        return InputError(str(self.dataset), 1, 1, message, fix)


class _Writers:
    """Open files, one for each split and form; a split without examples has none."""

    def __init__(self, stack: ExitStack, folder: Path, variants: Sequence[str], forms: Sequence[str]) -> None:
        self.stack, self.folder = stack, folder
        self.variants = variants if "jsonl" in forms else ()
        self.tables = "parquet" in forms
        self.lines = 0
        self.chats: dict[tuple[str, str], IO[str]] = {}
        self.parquet: dict[str, pq.ParquetWriter] = {}
        self.rows: dict[str, list[dict[str, Any]]] = {}

    def take(self, content: Mapping[str, Any]) -> None:
        split = content["split"]
        for variant in self.variants:
            self._chat(variant, split).write(_json(chat_of(variant, content)) + "\n")
        if self.tables:
            rows = self.rows.setdefault(split, [])
            rows.append(row_of(content))
            if len(rows) >= ROW_GROUP:
                self._flush(split)

    def end(self) -> None:
        for split in list(self.rows):
            self._flush(split)
        for writer in self.parquet.values():
            writer.close()
        for handle in self.chats.values():
            handle.close()

    def _chat(self, variant: str, split: str) -> IO[str]:
        if (variant, split) not in self.chats:
            path = self.folder / "chat" / variant / f"{split}.jsonl"
            path.parent.mkdir(parents=True, exist_ok=True)
            self.chats[variant, split] = self.stack.enter_context(path.open("w", encoding="utf-8"))
        return self.chats[variant, split]

    def _flush(self, split: str) -> None:
        rows, self.rows[split] = self.rows[split], []
        if not rows:
            return
        import pyarrow as pa
        import pyarrow.parquet as pq

        if split not in self.parquet:
            path = self.folder / "data" / f"{split}-00000-of-00001.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            self.parquet[split] = self.stack.enter_context(pq.ParquetWriter(path, schema()))
        self.parquet[split].write_table(pa.Table.from_pylist(rows, schema=schema()))


@cache
def schema() -> "pa.Schema":
    """The columns of the tables. Arrow is loaded by whoever writes tables, not by the web server's start."""
    import pyarrow as pa

    characters = pa.list_(pa.struct([("name", pa.string()), ("profile", pa.string())]))
    return pa.schema(
        [
            ("id", pa.string()),
            ("language", pa.string()),
            ("series", pa.string()),
            ("series_title", pa.string()),
            ("work", pa.string()),
            ("number", pa.int32()),
            ("genre", pa.string()),
            ("rights", pa.string()),
            ("scene_digest", pa.string()),
            ("digest", pa.string()),
            ("edited", pa.bool_()),
            ("outline", pa.string()),
            ("previous_context", pa.string()),
            ("characters", characters),
            ("guideline", pa.string()),
            ("target_length", pa.int32()),
            ("directives", pa.string()),
            ("novel", pa.string()),
            ("script", pa.string()),
        ]
    )


def row_of(content: Mapping[str, Any]) -> dict[str, Any]:
    """One row of the tables: `schema`."""
    brief = content["brief"]
    return {
        "id": content["id"],
        "language": content["language"],
        "series": content["series"]["slug"],
        "series_title": content["series"]["title"],
        "work": content["scene"]["work"],
        "number": content["scene"]["number"],
        "genre": content["genre"],
        "rights": content["rights"],
        "scene_digest": content["scene"]["digest"],
        "digest": content["digest"],
        "edited": content["edited"],
        **{
            key: brief[key]
            for key in ("outline", "previous_context", "characters", "guideline", "target_length")
        },
        **{key: content[key] for key in ("directives", "novel", "script")},
    }


def parts_of(content: Mapping[str, Any]) -> dict[str, str]:
    """The digest of each part of an example, by which two versions are compared."""
    return {
        "brief": json_digest(content["brief"]),
        **{key: text_digest(content[key]) for key in ("directives", "novel", "script")},
    }


def manifest_line(content: Mapping[str, Any], *, withheld: bool = False) -> dict[str, Any]:
    """What a manifest says of one example."""
    return {
        "id": content["id"],
        "work": content["scene"]["work"],
        "number": content["scene"]["number"],
        "scene_digest": content["scene"]["digest"],
        "series": content["series"]["slug"],
        "split": content["split"],
        "digest": content["digest"],
        "parts": parts_of(content),
        **({"withheld": True} if withheld else {}),
    }


def _begin(manifest: IO[str], dataset: Dataset, variants: Sequence[str], with_texts: bool) -> None:
    works = Work.objects.filter(slug__in=list(dataset.recipe["works"])).select_related("series")
    told = {
        "dataset": {"slug": dataset.slug, "version": dataset.version, "digest": dataset.digest},
        "run_digest": dataset.run.digest,
        "recipe": dataset.recipe,
        "funnel": dataset.funnel,
        "works": {
            work.slug: {
                "title": work.title,
                "series": work.series.slug,
                "language": work.language,
                "rights": work.rights,
                "credit": work.credit,
                "digest": work.digest,
                "file_digest": work.file_digest,
            }
            for work in works
        },
        "variants": list(variants),
        "serving_prompts": prompt_digests(),
        "with_texts": with_texts,
        "software": {"evalsite": evalsite.__version__, "pyarrow": version("pyarrow")},
    }
    # The object is left open: examples follow one by one, then the files.
    manifest.write(_json(told, indent=1).removesuffix("\n}"))
    manifest.write(',\n"examples": [')


def _line(manifest: IO[str], content: Mapping[str, Any], *, first: bool, withheld: bool) -> None:
    manifest.write(("" if first else ",") + "\n" + _json(manifest_line(content, withheld=withheld)))


def _json(value: Any, indent: int | None = None) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent)


def sha256_of(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


# The card as the Hub reads it


def _readme(
    dataset: Dataset,
    counts: Mapping[str, int],
    variants: Sequence[str],
    forms: Sequence[str],
    withheld: Mapping[int, Why],
    with_texts: bool,
) -> str:
    languages = sorted(
        set(dataset.examples.order_by().values_list("scene__work__language", flat=True).distinct())
    )
    head = [
        "---",
        f"pretty_name: {json.dumps(str(dataset))}",
        "language:",
        *(f"- {each}" for each in languages),
    ]
    head += ["license: other", "license_name: by-work", "license_link: README.md", "task_categories:"]
    head += ["- text-generation", f"size_categories:\n- {_size(sum(counts.values()))}"]
    configs = []
    splits = [split for split in SPLITS if counts.get(split)]
    if "parquet" in forms and splits:
        configs += ["- config_name: default", "  data_files:"]
        configs += _files((split, f"data/{split}-*.parquet") for split in splits)
    if "jsonl" in forms and splits:
        for variant in variants:
            configs += [f"- config_name: {variant}", "  data_files:"]
            configs += _files((split, f"chat/{variant}/{split}.jsonl") for split in splits)
    head += ["configs:", *configs] if configs else []
    said = render_rejected_since(dataset)
    notes = (f"> **{said}**\n\n" if said else "") + _note(withheld, with_texts)
    return "\n".join([*head, "---", "", notes + _card_now(dataset, withheld)])


_SOURCES = re.compile(r"^## Sources\n.*?(?=^## )", re.DOTALL | re.MULTILINE)


def _card_now(dataset: Dataset, withheld: Mapping[int, Why]) -> str:
    """The card, with rights and credits as they are recorded now: by these is decided what goes out, and by
    those at building where they were stricter."""
    rows = dataset.examples.order_by().values_list("scene__work__slug").annotate(n=Count("pk"))
    now = sources(dataset.recipe, dict(rows), withheld) + "\n\nRights and credits as recorded at this export."
    eased = sorted(set(train_only_then(dataset)) - set(train_only(dataset.run)))
    if eased:
        names = ", ".join(f"`{slug}`" for slug in eased)
        now += f" In this version {names} may not be passed on, as was recorded when it was built."
    return _SOURCES.sub(lambda _found: now + "\n\n", dataset.card, count=1)


def _files(pairs: Iterable[tuple[str, str]]) -> list[str]:
    return [line for split, path in pairs for line in (f"  - split: {split}", f"    path: {path}")]


def _size(count: int) -> str:
    bounds = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"))
    return next((name for most, name in bounds if count < most), "100K<n<1M")


def _note(withheld: Mapping[int, Why], with_texts: bool) -> str:
    if with_texts:
        return (
            "> **Made with all texts**, for training on one's own machine: those whose `rights` are `train` "
            "must not be passed on.\n\n"
        )
    if withheld:
        return (
            f"> **{len(withheld)} examples are not in this folder**: {render_withheld(withheld)}. The "
            "manifest holds their digests.\n\n"
        )
    return ""
