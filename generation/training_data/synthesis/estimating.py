"""What a run of synthesis will use, told before it is planned from lengths, prompts and usual answers."""

from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass

from generation.pipelines import SystemSpec
from generation.runs.spending import UNBOUNDED, Estimate, Prices, Use, tokens_of, use_of
from generation.training_data.synthesis.choosing import Plan
from generation.training_data.synthesis.dependencies import BESIDE, PERSON_MOST
from generation.training_data.synthesis.job_contents import EARLIER_MOST
from generation.training_data.synthesis.recipe import Recipe

_ANSWERS = {
    "outline": 260,
    "context": 220,
    "directives": 1100,
    "marks": 90,
    "profile": 900,
    "unsupported": 320,
    "unfilmable": 80,
}
"""Tokens of an answer, about; the prose follows the scene's length."""
_WORD_TOKENS = {"en": 1.5, "zh": 1.2}
_LETTERS = {"en": 4, "zh": 1}
"""Characters of a token."""


@dataclass(slots=True)
class _Means:
    """Of the scenes of one language: how many, and what they come to together, in tokens."""

    scenes: int = 0
    length: float = 0.0
    earlier: float = 0.0
    people: int = 0


def estimate_of(recipe: Recipe, plan: Plan, prices: Prices) -> Estimate:
    """What is to be expected when nothing is refused, and what comes of all that goes to its limit."""
    expected, most, jobs = Use(), Use(), 0
    for language, read in _people(plan):
        one = _profile_use(recipe.profiles, prices, language, read)
        expected, most = expected + one[0], most + one[1]
        jobs += 1
    for language, means in sorted(_means(plan).items()):
        count = means.scenes
        if not count:
            continue
        length, earlier = round(means.length / count), round(means.earlier / count)
        profiles = round(_ANSWERS["profile"] * means.people / count)
        like = _scene_use(recipe.scenes, prices, language, length, earlier, profiles)
        limit = EARLIER_MOST[language] // _LETTERS[language]
        worst = _scene_use(recipe.scenes, prices, language, length, limit, profiles)
        expected, most = expected + like[0].times(count), most + worst[1].times(count)
        jobs += count
    return Estimate(jobs, expected, most)


def _means(plan: Plan) -> dict[str, _Means]:
    """By language; what a prompt shows of earlier scenes is told from their lengths, in story order."""
    found: dict[str, _Means] = defaultdict(_Means)
    before: dict[int, deque[float]] = defaultdict(lambda: deque(maxlen=BESIDE))
    for scene in plan.scenes:
        tokens = scene.length * _WORD_TOKENS[scene.language]
        if not scene.left_out:
            means = found[scene.language]
            limit = EARLIER_MOST[scene.language] / _LETTERS[scene.language]
            means.scenes += 1
            means.length += tokens
            means.earlier += min(limit, sum(before[scene.series]))
            means.people += len(scene.speakers)
        before[scene.series].append(tokens)
    return found


def _people(plan: Plan) -> Iterator[tuple[str, int]]:
    """For everybody whose profile is written: the language, and how many tokens of scenes it is made from."""
    spoken: Counter[tuple[int, str]] = Counter()
    languages: dict[int, str] = {}
    for scene in plan.scenes:
        languages[scene.series] = scene.language
        if scene.left_out != "alike":
            for name in set(scene.speakers):
                spoken[scene.series, name] += round(scene.length * _WORD_TOKENS[scene.language])
    for series, names in plan.people.items():
        language = languages[series]
        for name in names:
            yield language, min(spoken[series, name], PERSON_MOST[language] // _LETTERS[language])


def _profile_use(spec: SystemSpec, prices: Prices, language: str, read: int) -> tuple[Use, Use]:
    stage = spec.stages[0]
    prompt = tokens_of(stage.template(language).text) + read
    longest = stage.sampling().limit or UNBOUNDED
    answer = min(_ANSWERS["profile"], longest)
    expected = use_of(prices, spec.slug, stage.name, prompt, answer)
    return expected, use_of(prices, spec.slug, stage.name, prompt, longest)


def _scene_use(
    spec: SystemSpec, prices: Prices, language: str, scene: int, earlier: int, profiles: int
) -> tuple[Use, Use]:
    """Of one scene of so many tokens; what a prompt holds beside its template is told by its fields."""
    expected, most = Use(), Use()
    answers = {**_ANSWERS, "novel": round(scene * 1.5)}
    for stage in spec.stages:
        template = stage.template(language)
        fields = template.fields()
        prompt = tokens_of(template.text)
        prompt += scene * bool(fields & {"scene", "scene_text"}) + earlier * bool(
            fields & {"earlier", "earlier_numbered"}
        )
        prompt += profiles * ("characters" in fields)
        sources = {stage.reads.get(each, each).split(".")[0] for each in fields}
        prompt += sum(answers.get(source, 0) for source in sources)
        longest = stage.sampling().limit or UNBOUNDED
        answer = min(answers.get(stage.name, 300), longest)
        expected += use_of(prices, spec.slug, stage.name, prompt, answer)
        most += use_of(prices, spec.slug, stage.name, prompt, longest)
    return expected, most
