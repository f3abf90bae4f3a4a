"""No study judges a system on what it was trained on.

A brief whose series a system of the study was trained on is a fault, at loading and at freezing. A script by
people that nearly repeats a scene which a system was trained on is a warning, whatever the series is called:
it may be the same scene under another name, and whoever plans the study should know before it is fixed. The
same goes for series and scripts that are close to what a system was trained on (`find_near_overlaps`).
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import NamedTuple

from django.utils.translation import gettext as _

from annotations.models import Study
from annotations.spec.sealed_scripts import find_sealing_studies
from annotations.spec.values import StudySpec
from evalsite.core.errors import InputError
from evalsite.core.models import last_detail
from generation.models import Brief, Script, Series, System
from generation.pipelines import SystemSpec
from generation.training_data.corpus.minhash import folded
from generation.training_data.corpus.similar_scenes import shares_near
from generation.training_data.datasets.lineage import (
    TrainedOn,
    trained_scenes,
    trained_series,
    trainings,
    unknown_adapters,
    unregistered,
)
from generation.training_data.models import Scene

REMEMBERED = 32


class Pipeline(NamedTuple):
    """A system, and the teams whose registered models it can name: its own, or all for a shared system."""

    spec: SystemSpec
    teams: list[int] | None


def trained_systems(spec: StudySpec) -> dict[str, Pipeline]:
    """The systems of a study that name a trained model, by slug."""
    return {
        slug: pipeline
        for slug, pipeline in study_pipelines(spec).items()
        if any(stage.trained_model for stage in pipeline.spec.stages)
    }


def study_pipelines(spec: StudySpec) -> dict[str, Pipeline]:
    """The pipelines of a study by slug, in its order; a record without stages has none that could have been
    trained."""
    rows = System.objects.filter(slug__in=[each.slug for each in spec.systems], kind=System.Kind.PIPELINE)
    found = {
        row.slug: Pipeline(SystemSpec.from_record(row.spec), None if row.team_id is None else [row.team_id])
        for row in rows
        if row.spec.get("stages")
    }
    return {each.slug: found[each.slug] for each in spec.systems if each.slug in found}


def series_faults(spec: StudySpec, series: Mapping[str, str], at: str) -> list[InputError]:
    """A fault for each brief whose series a system was trained on, and for each stage that asks for a trained
    model without saying so. `series` has the slug of each brief's."""
    found = [
        InputError(at, 1, 1, f"system {slug}: {fault.message}", fault.fix)
        for slug, pipeline in sorted(study_pipelines(spec).items())
        for fault in unregistered(*pipeline)
    ]
    for system, pipeline in trained_systems(spec).items():
        for each in trainings(*pipeline):
            found += [
                _fault(at, brief, slug, system, each)
                for brief, slug in sorted(series.items())
                if slug in each.series
            ]
    return found


def _fault(at: str, brief: str, series: str, system: str, each: TrainedOn) -> InputError:
    names = {
        "brief": brief,
        "series": series,
        "system": system,
        "stage": each.stage,
        "model": each.model.slug,
        "dataset": each.dataset,
        "called": each.called,
    }
    if each.called:
        message = _(
            "brief %(brief)s belongs to series %(series)s, which system %(system)s may have been "
            "trained on: stage %(stage)s uses %(called)s, and two models have this name (model "
            "%(model)s, dataset %(dataset)s)."
        )
        fix = _(
            "serve the model you mean under its slug and use that name in a new system, or remove the brief "
            "or the system from the study."
        )
        return InputError(at, 1, 1, message % names, fix)
    message = _(
        "brief %(brief)s belongs to series %(series)s, which system %(system)s was trained on (stage "
        "%(stage)s, model %(model)s, dataset %(dataset)s)."
    )
    fix = _("remove the brief or the system from the study, or train on other series.")
    return InputError(at, 1, 1, message % names, fix)


def stored_faults(study: Study, spec: StudySpec) -> list[InputError]:
    """The same of a draft, by the briefs that are stored."""
    briefs = [*spec.materials.briefs, *spec.materials.warmup]
    rows = Brief.objects.filter(slug__in=briefs).values_list("slug", "series__slug")
    return series_faults(spec, dict(rows), study.slug)


@dataclass(frozen=True, slots=True)
class Repeat:
    """A script by people that nearly repeats a scene which a system was trained on; `share` in percent."""

    brief: str
    scene: str
    system: str
    dataset: str
    share: int

    @property
    def message(self) -> str:
        """One sentence, in the language that is active."""
        said = _(
            "%(share)s%% of the human script for %(brief)s matches scene %(scene)s, which %(system)s "
            "was trained on (%(dataset)s)."
        )
        told = {name: getattr(self, name) for name in ("brief", "scene", "system", "dataset", "share")}
        return said % told


_known_repeats: dict[tuple[object, ...], list[Repeat]] = {}


def find_repeats(spec: StudySpec) -> list[Repeat]:
    """The scripts by people in a study that nearly repeat a scene which a system in it was trained on."""
    systems = trained_systems(spec)
    people = [each.slug for each in spec.systems if each.kind == System.Kind.HUMAN]
    # Of a script that another study has sealed, the scene would tell which text is by people.
    study = Study.objects.filter(slug=spec.slug).first()
    sealed = {pair for _other, pairs in (find_sealing_studies(study) if study else ()) for pair in pairs}
    wanted = {
        (brief, digest)
        for brief, scripts in spec.materials.scripts.items()
        for system, digest in scripts.items()
        if system in people and (brief, system) not in sealed
    }
    if not (systems and wanted):
        return []
    # All of it is immutable, and fifty thousand signatures take a second: a draft's page asks each time.
    key = (
        spec.digest,
        *sorted(wanted),
        *(training_identity(slug, pipeline) for slug, pipeline in systems.items()),
    )
    if key not in _known_repeats:
        if len(_known_repeats) >= REMEMBERED:
            _known_repeats.clear()
        _known_repeats[key] = _compare_scripts(systems, wanted)
    return list(_known_repeats[key])


def training_identity(slug: str, pipeline: Pipeline) -> tuple[object, ...]:
    """What tells apart all that a system was trained on."""
    datasets = tuple(
        (each.model.digest, each.dataset and each.dataset.digest) for each in trainings(*pipeline)
    )
    return slug, datasets, trained_scenes(*pipeline).count()


def _compare_scripts(systems: Mapping[str, Pipeline], wanted: Collection[tuple[str, str]]) -> list[Repeat]:
    rows = Script.objects.filter(
        brief__slug__in={brief for brief, _digest in wanted}, digest__in={each for _brief, each in wanted}
    )
    keys = {(brief, digest): key for key, brief, digest in rows.values_list("pk", "brief__slug", "digest")}
    scripts = [(brief, keys[brief, digest]) for brief, digest in sorted(wanted) if (brief, digest) in keys]
    near = shares_near(Script.objects.filter(pk__in=[key for _brief, key in scripts]))
    likest = [
        (brief, sorted(near[key].items(), key=lambda each: (-each[1], each[0]))) for brief, key in scripts
    ]
    return [each for system, pipeline in systems.items() for each in _repeats(system, pipeline, likest)]


def _repeats(
    system: str, pipeline: Pipeline, likest: Sequence[tuple[str, Sequence[tuple[int, float]]]]
) -> Iterator[Repeat]:
    """For each script, by its brief, the likest scene that a system was trained on."""
    datasets = dict(trained_scenes(*pipeline).values_list("scene", "dataset"))
    names = {each.dataset.pk: str(each.dataset) for each in trainings(*pipeline) if each.dataset}
    for brief, near in likest:
        for key, share in [each for each in near if each[0] in datasets][:1]:
            scene = Scene.objects.select_related("work").get(pk=key)
            yield Repeat(brief, scene.about, system, names[datasets[key]], round(100 * share))


# What is kept with the freeze


def repeats_detail(found: Sequence[Repeat]) -> list[str]:
    """For the audit event of freezing, a line each: `car-two psc-1/2 my-dsr sample@1 93`."""
    return [f"{each.brief} {each.scene} {each.system} {each.dataset} {each.share}" for each in found]


def recorded_repeats(study: Study) -> list[Repeat]:
    """The warnings that were recorded when the study was frozen."""
    lines: Sequence[str] = last_detail(verb="freeze", about=study.slug).get("training_repeats", [])
    found = []
    for line in lines:
        brief, scene, system, dataset, share = line.split()
        found.append(Repeat(brief, scene, system, dataset, int(share)))
    return found


TITLE, CAST, ADAPTER = "title", "cast", "adapter"


LEAST_SHARED = 2
"""So many names at least: one is chance."""


@dataclass(frozen=True, slots=True)
class NearOverlap:
    """`kind` is one of the three above. Of a series: `one` is the study's, `other` the trained one, `data`
    its datasets. Of an adapter: `one` is the stage, `other` what it asks for."""

    kind: str
    system: str
    one: str
    other: str
    data: str = ""

    @property
    def message(self) -> str:
        """One sentence, in the language that is active."""
        said = {
            TITLE: _(
                "Series %(one)s has the same title as %(other)s, which %(system)s was trained on (%(data)s). "
                "It may be the same series under another slug."
            ),
            CAST: _(
                "Series %(one)s shares most characters with %(other)s, which %(system)s was trained on "
                "(%(data)s). It may be the same series under another slug."
            ),
            ADAPTER: _(
                "Stage %(one)s of %(system)s uses adapter %(other)s, which isn't registered, so its training "
                "data is unknown."
            ),
        }[self.kind]
        return said % {name: getattr(self, name) for name in ("system", "one", "other", "data")}


def find_near_overlaps(spec: StudySpec) -> list[NearOverlap]:
    """What there is to tell of a study, by system."""
    found: list[NearOverlap] = []
    own = _series_slugs(spec)
    for slug, pipeline in sorted(study_pipelines(spec).items()):
        found += _series(slug, pipeline, own)
        found += [
            NearOverlap(ADAPTER, slug, stage, adapter) for stage, adapter in unknown_adapters(pipeline.spec)
        ]
    return found


def _series_slugs(spec: StudySpec) -> dict[str, tuple[str, set[str]]]:
    """The series of a study's briefs by slug: the title, and the names of the people in them, folded."""
    rows = Brief.objects.filter(slug__in=[*spec.materials.briefs, *spec.materials.warmup])
    found: dict[str, tuple[str, set[str]]] = {}
    for slug, title, people in rows.values_list("series__slug", "series__title", "characters"):
        names = found.setdefault(slug, (folded(title), set()))[1]
        names.update(folded(str(each.get("name", ""))) for each in people)
    return found


def _series(system: str, pipeline: Pipeline, own: Mapping[str, tuple[str, set[str]]]) -> list[NearOverlap]:
    trained = trained_series(*pipeline)
    if not trained:
        return []
    titles = {slug: folded(title) for slug, title in _titles(trained)}
    casts = _casts(system, pipeline)
    found = []
    for slug, (title, people) in sorted(own.items()):
        for other in sorted(trained.keys() - {slug}):
            shared = len(people & casts[other])
            kind = ""
            if title == titles[other]:
                kind = TITLE
            elif shared >= LEAST_SHARED and 2 * shared > len(people):
                kind = CAST
            if kind:
                found.append(NearOverlap(kind, system, slug, other, ", ".join(trained[other])))
    return found


_known_casts: dict[tuple[object, ...], dict[str, set[str]]] = {}


def _casts(system: str, pipeline: Pipeline) -> dict[str, set[str]]:
    """Who speaks in the scenes that a system was trained on, by series; remembered, for a draft's page asks
    each time and examples are immutable."""
    key = training_identity(system, pipeline)
    if key not in _known_casts:
        if len(_known_casts) >= REMEMBERED:
            _known_casts.clear()
        casts: dict[str, set[str]] = defaultdict(set)
        rows = trained_scenes(*pipeline).values_list("scene__work__series__slug", "scene__speakers")
        for slug, speakers in rows.iterator(2000):
            casts[slug].update(map(folded, speakers))
        _known_casts[key] = casts
    return _known_casts[key]


def _titles(slugs: Mapping[str, object]) -> list[tuple[str, str]]:
    return list(Series.objects.filter(slug__in=list(slugs)).values_list("slug", "title"))


def near_overlaps_detail(spec: StudySpec) -> dict[str, list[str]]:
    """What the audit event of freezing stores of overlaps, one line each; fields of near ones have tabs."""
    found = {
        "training_repeats": repeats_detail(find_repeats(spec)),
        "near_overlaps": ["\t".join(astuple(each)) for each in find_near_overlaps(spec)],
    }
    return {key: lines for key, lines in found.items() if lines}


def recorded_near_overlaps(study: Study) -> list[NearOverlap]:
    """The warnings that were recorded when the study was frozen."""
    lines: Sequence[str] = last_detail(verb="freeze", about=study.slug).get("near_overlaps", [])
    return [NearOverlap(*line.split("\t")) for line in lines]
