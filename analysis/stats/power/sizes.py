"""How large a study is, and what follows from that for one contrast of two systems."""

from dataclasses import dataclass

from analysis.stats.simulate import PER_PAIRING
from analysis.translation import gettext_lazy as _

INCOMPLETE, CROSSED = DESIGNS = ("incomplete", "crossed")
FEWEST = 2  # raters, scenes, series and systems


@dataclass(frozen=True, slots=True)
class Sizes:
    """`crossed`: every rater judges one pairing of every scene; `incomplete`: every pairing of a scene gets
    `per_pairing` raters. With `series` the report clusters by rater and series, else by rater and scene.

    Raises ValueError for what cannot be.
    """

    raters: int
    scenes: int
    series: int | None = None
    systems: int = 2
    design: str = INCOMPLETE
    per_pairing: int = PER_PAIRING

    def __post_init__(self) -> None:
        if self.design not in DESIGNS:
            raise ValueError(f"the design is {self.design!r}: use {' or '.join(DESIGNS)}")
        if min(self.raters, self.scenes, self.systems) < FEWEST or self.per_pairing < 1:
            raise ValueError("two raters, two scenes, two systems and a rater per pairing are the least")
        if self.series is not None and not FEWEST <= self.series <= self.scenes:
            raise ValueError(f"{self.scenes} scenes cannot be of {self.series} series")

    @property
    def cluster(self) -> str:
        return "item" if self.series is None else "series"

    @property
    def clusters(self) -> int:
        return self.scenes if self.series is None else self.series

    @property
    def pairings(self) -> int:
        """Pairings of one scene."""
        return self.systems * (self.systems - 1) // 2

    @property
    def readers(self) -> int:
        """Raters of one scene, each with one of its pairings."""
        return min(self.raters, self.raters if self.design == CROSSED else self.per_pairing * self.pairings)

    @property
    def rows(self) -> int:
        """Judgments of one criterion, of all contrasts together."""
        return self.scenes * self.readers

    @property
    def judgments(self) -> float:
        """Judgments of one contrast; their mean over the contrasts where they do not come out even."""
        return self.rows / self.pairings

    @property
    def per_rater(self) -> float:
        """Pairs that one rater judges, of all contrasts together."""
        return self.rows / self.raters

    @property
    def met(self) -> float:
        """The share of the contrast's scenes that one rater judges."""
        return self.readers / self.pairings / self.raters

    @property
    def concentration(self) -> float:
        """Sum of the squared shares that the raters have of the contrast's judgments, where the raters of a
        scene are drawn by chance: 1 / R where everybody judges everything, a little more elsewhere."""
        return 1 / self.raters + (1 - self.met) / self.judgments

    @property
    def meeting(self) -> float:
        """How many raters meet the contrast at all."""
        return max(float(FEWEST), self.raters * (1 - (1 - self.met) ** self.scenes))

    @property
    def smaller(self) -> float:
        """min(R, clusters), counting only raters who meet the contrast."""
        return min(self.meeting, float(self.clusters))


def size_words(sizes: Sizes, lang: str = "en") -> str:
    """The sizes of a study as a planner names them."""
    text = _("%(raters)s raters, %(scenes)s scenes")
    if sizes.series is not None:
        text = _("%(raters)s raters, %(scenes)s scenes of %(series)s series")
    numbers = {"raters": f"{sizes.raters:,}", "scenes": f"{sizes.scenes:,}", "series": sizes.series}
    return text.translate(lang) % numbers
