"""Judgments of pairs as one object: win rates, human level, abilities, biases, best of k and agreement."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

import numpy as np

from analysis.messages import Message
from analysis.stats.abilities.fit import fit_abilities, half_win_worths
from analysis.stats.abilities.results import DAVIDSON_METHOD, Worths, fit_worths
from analysis.stats.best_of_k import BestOfK, best_by_votes
from analysis.stats.blinding import NO_GUESS, ONE_ORIGIN, Guesses
from analysis.stats.cells import OUTCOMES, Cells, count_codes
from analysis.stats.estimate import Estimate, estimate_of, not_computed
from analysis.stats.human_level import BASELINE_METHOD, over_baseline
from analysis.stats.labels import (
    Label,
    Labels,
    Numbers,
    as_array,
    blank_missing,
    check_numbers,
    check_same_length,
    code_labels,
    code_places,
    refuse_rows,
)
from analysis.stats.linear import Floats, combine
from analysis.stats.plan import Plan
from analysis.stats.position_bias import left_share, shares_by_rater
from analysis.stats.ratings import Ratings
from analysis.stats.report import Entry
from analysis.stats.resampling import Draw
from analysis.stats.scope import Scope
from analysis.stats.tables.columns import GUESSES
from analysis.stats.win_rates import WinRate, win_rate

OneOrMore = Label | Sequence[Label]
NEVER_MET = "the two were never compared"
LEFT, RIGHT = OUTCOMES.index("left"), OUTCOMES.index("right")
GUESSED = ("", *GUESSES)  # the first is not asked
MACHINE, UNSURE = GUESSED.index("machine"), GUESSED.index("unsure")


class Judgments(BestOfK):
    """Judgments of pairs of scripts, one element of each array per judgment.

    Methods take `cluster`, "item" (default) or "series": the cluster, crossed with raters, that the error
    allows for; and `level`, the confidence level (default 0.95). Results are frozen; what cannot be computed
    is None with a reason. Unless a method says otherwise, limits are two-way cluster-robust (Cameron, Gelbach
    & Miller 2011), t with min(raters, items) - 1 degrees of freedom. Methods raise UnknownLabel for a system
    that is not known, and ValueError for a system compared with itself or for an array that was not given.

    Parameters
    ----------
    left, right : array-like of labels, shape (n,)
        Systems of the left and the right script. A label is a string, a number or any other hashable value.
    choice : array-like of str, shape (n,)
        "left", "right", "tie" or "neither" (neither is usable: a tie that is also counted separately).
    rater, item : array-like of labels, shape (n,)
        Who judged, and which scene.
    series : array-like of labels, shape (n,), optional
        Series of the item; None, NaN or "" where it is not known.
    strength : array-like of float, shape (n,), optional
        Strength of the preference from 1 to 3; NaN where it was not asked.
    left_length, right_length : array-like of float, shape (n,), optional
        Length of the scripts in words or characters; 0 or NaN where it is not known.
    left_guess, right_guess : array-like of str, shape (n,), optional
        Guessed origin of the scripts: "human", "machine" or "unsure"; None, NaN or "" where it was not asked.
    systems : sequence of labels, optional
        All systems that may occur, in the order of results. Default: those that occur, in the order of text.

    Raises
    ------
    UnknownLabel, ValueError
        For a choice, guess or system that is not allowed; a missing label, arrays of different lengths, a
        system on both sides, an item of two series, or numbers off their scale. The message names the
        argument and the row, and says how to fix it.

    Examples
    --------
    >>> j = Judgments(
    ...     left=["dsr", "human", "plain", "dsr", "human", "plain", "plain", "dsr"],
    ...     right=["human", "plain", "dsr", "human", "dsr", "human", "dsr", "plain"],
    ...     choice=["left", "left", "right", "tie", "left", "right", "left", "left"],
    ...     rater=["ann", "ann", "ann", "bob", "bob", "bob", "cyd", "cyd"],
    ...     item=["s1", "s2", "s3", "s1", "s2", "s3", "s1", "s2"],
    ...     strength=[2, 3, 1, None, 1, 2, 1, 2],
    ...     left_length=[520, 610, 480, 500, 590, 450, 470, 530],
    ...     right_length=[600, 470, 510, 610, 520, 600, 500, 490],
    ...     left_guess=["machine", "human", "machine", "unsure", "human", "", "", "human"],
    ... )
    >>> j
    <Judgments 8 rows, 3 raters, 3 items; systems: dsr, human, plain>
    >>> j.best_of_k(["human"])["dsr"].detail["chance"]
    0.5
    """

    def __init__(
        self,
        left: Labels,
        right: Labels,
        choice: Labels,
        rater: Labels,
        item: Labels,
        *,
        series: Labels | None = None,
        strength: Numbers | None = None,
        left_length: Numbers | None = None,
        right_length: Numbers | None = None,
        left_guess: Labels | None = None,
        right_guess: Labels | None = None,
        systems: Sequence[Label] | None = None,
    ) -> None:
        one, two = code_labels(left, "left", systems), code_labels(right, "right", systems)
        order = sorted({*one.labels, *two.labels}, key=str) if systems is None else systems
        self._left, self._right = one.recoded("system", order), two.recoded("system", order)
        self._choice = code_labels(choice, "choice", OUTCOMES).codes
        self._systems = self._left
        self._places = code_places(rater, item, series, self._left.names)
        self._raters, self._items = self._places.raters, self._places.items
        scales = {"strength": (strength, 1.0, 3.0), "left_length": (left_length, 0.0, np.inf)}
        scales["right_length"] = (right_length, 0.0, np.inf)
        self._measured = {
            what: check_numbers(values, what, least=least, most=most, missing=True)
            for what, (values, least, most) in scales.items()
            if values is not None
        }
        self._guesses = {
            what: code_labels(blank_missing(values, what), what, GUESSED).codes
            for what, values in (("left_guess", left_guess), ("right_guess", right_guess))
            if values is not None
        }
        check_same_length(
            left=one.codes,
            right=two.codes,
            choice=self._choice,
            rater=self._raters.codes,
            item=self._items.codes,
            **self._measured,
            **self._guesses,
        )
        same = self._left.codes == self._right.codes
        refuse_rows(same, "left and right", "both scripts are by the same system", "name two systems")

    @classmethod
    def from_counts(
        cls,
        wins: Numbers,
        ties: Numbers,
        losses: Numbers,
        rater: Labels,
        item: Labels,
        *,
        series: Labels | None = None,
    ) -> "Judgments":
        """Return the judgments of "system" against "opponent" in a table of counts per rater and item.

        Parameters
        ----------
        wins, ties, losses : array-like of int, shape (cells,)
            Counts for "system". ValueError for counts that are negative, not whole or all zero.
        rater, item, series : array-like of labels, shape (cells,)

        Examples
        --------
        >>> counted = Judgments.from_counts([3, 1], [0, 1], [1, 2], ["ann", "bob"], ["s1", "s1"])
        >>> counted.win_rate("system", "opponent").n
        8
        """
        counts = {
            what: check_numbers(values, what, least=0, whole=True).astype(np.int64)
            for what, values in (("wins", wins), ("ties", ties), ("losses", losses))
        }
        columns = {"rater": rater, "item": item} | ({} if series is None else {"series": series})
        arrays = {what: as_array(values, what) for what, values in columns.items()}
        check_same_length(**counts, **arrays)
        rows = np.concatenate([np.repeat(np.arange(len(count)), count) for count in counts.values()])
        choice = np.repeat(["left", "tie", "right"], [int(count.sum()) for count in counts.values()])
        one, two = (np.full(rows.size, name) for name in ("system", "opponent"))
        return cls(one, two, choice, **{what: array[rows] for what, array in arrays.items()})

    def __repr__(self) -> str:
        raters, items = len(self._raters.labels), len(self._items.labels)
        names = ", ".join(self._left.names)
        return f"<Judgments {len(self._choice)} rows, {raters} raters, {items} items; systems: {names}>"

    def win_rate(
        self, system: Label, opponent: OneOrMore = None, *, cluster: str = "item", level: float = 0.95
    ) -> Estimate:
        """Return how often `system` is preferred to `opponent`: a win counts 1, a tie 1/2, a loss 0.

        Parameters
        ----------
        system : label
        opponent : label, or list, set or array of labels, optional
            Several opponents have the same weight. Default: all other systems.

        Returns
        -------
        Estimate
            A share from 0 to 1, limits on the logit scale; at 0 or 1 Clopper-Pearson with n = min(raters,
            items). `p` tests 1/2 against a single opponent. `detail`: wins, ties (neither among them),
            losses, neither, without_ties, row_mean (every judgment with the same weight).

        Examples
        --------
        >>> rate = j.win_rate("dsr", "human")
        >>> rate.estimate, rate.n, rate.detail["ties"]
        (0.5, 3, 1)
        """
        found = win_rate(self._cells, *self._codes_of(system, opponent))
        null = 0.5 if opponent is not None and _several(opponent) is None else None
        return _rate_estimate(found, cluster=cluster, level=level, null=null)

    def win_rate_difference(
        self,
        system: Label,
        other: Label,
        opponent: OneOrMore = None,
        *,
        same_items: bool = False,
        cluster: str = "item",
        level: float = 0.95,
    ) -> Estimate:
        """Return the win rate of `system` minus that of `other`, both over the same opponents.

        Parameters
        ----------
        system, other : label
        opponent : label, or list, set or array of labels, optional
            Default: each over all others.
        same_items : bool
            Use only the items on which both met an opponent.

        Returns
        -------
        Estimate
            From -1 to 1; `p` tests 0. `detail`: win_rate, other_win_rate.

        Examples
        --------
        >>> j.win_rate_difference("dsr", "plain", "human").estimate
        0.5
        """
        if system == other:
            raise ValueError(f"system and other are both {system!r}. Fix: name two systems.")
        both = [(name, _without(name, opponent)) for name in (system, other)]
        cells = self._cells
        if same_items:
            met = [win_rate(cells, *self._codes_of(*contrast)) for contrast in both]
            items = [rate.linear.item if rate else np.zeros(0, dtype=np.int64) for rate in met]
            rows = np.isin(self._items.codes, np.intersect1d(items[0], items[1]))
            if not rows.any():
                return not_computed("no item has both", level=level, cluster=cluster)
            cells = self._count(rows)
        one, two = (win_rate(cells, *self._codes_of(*contrast)) for contrast in both)
        if one is None or two is None:
            return not_computed(NEVER_MET, level=level, cluster=cluster)
        codes = self._left.code(system), self._left.code(other)
        direct = None
        if codes[1] in one.opponents and codes[0] in two.opponents:
            direct = win_rate(cells, codes[0], [codes[1]])  # these rows are in both win rates
        n = one.linear.n + two.linear.n - (direct.linear.n if direct else 0)
        gap = combine((1, -1), (one.linear, two.linear), n=n)
        detail = {"win_rate": one.linear.value, "other_win_rate": two.linear.value}
        return estimate_of(gap, cluster=cluster, level=level, null=0.0, detail=detail)

    def mean_strength(
        self, system: Label, opponent: Label, *, cluster: str = "item", level: float = 0.95
    ) -> Estimate:
        """Return how strongly `system` is preferred to `opponent`.

        Returns
        -------
        Estimate
            Mean strength of wins minus that of losses, from -3 to 3; `p` tests 0. `detail`: left_out, the
            decided judgments without a strength.

        Examples
        --------
        >>> round(j.mean_strength("dsr", "human").estimate, 4)
        0.3333
        """
        strength = self._measured.get("strength")
        if strength is None:
            raise ValueError("there is no strength. Fix: pass strength=... to Judgments.")
        one, two = self._left.code(system), self._left.code(opponent)
        as_left = (self._left.codes == one) & (self._right.codes == two)
        met = as_left | ((self._left.codes == two) & (self._right.codes == one))
        sign = np.select([self._choice == LEFT, self._choice == RIGHT], [1, -1], 0) * np.where(as_left, 1, -1)
        used = met & ((sign == 0) | np.isfinite(strength))
        rows = np.flatnonzero(used)
        mean = self._places.mean(np.where(sign == 0, 0.0, sign * strength)[rows], rows)
        detail = {"left_out": int((met & ~used).sum())}
        if mean is None:
            reason = "no row has a strength" if met.any() else NEVER_MET
            return not_computed(reason, level=level, cluster=cluster, detail=detail)
        return estimate_of(
            mean, level=level, cluster=cluster, null=0.0, method="mean signed strength", detail=detail
        )

    def human_level(
        self,
        system: Label,
        human: Label,
        *,
        baseline: Label = None,
        cluster: str = "item",
        level: float = 0.95,
    ) -> Estimate:
        """Return human level in percent: by parity, or against a common baseline. Never mix the two.

        Parameters
        ----------
        system, human : label
        baseline : label, optional
            A third system that both were compared with.

        Returns
        -------
        Estimate
            Without a baseline parity, 200 x P(system beats human), from 0 to 200, with the limits of the win
            rate; `p` tests 100. With one, 100 x win rate of the system / win rate of the human, both over the
            baseline: delta method on the log ratio with the covariance of both, Fieller's (1954) where the
            denominator is uncertain, no limits where a win rate is 0 or 1; `detail`: numerator, denominator.

        Examples
        --------
        >>> j.human_level("dsr", "human").estimate
        100.0
        """
        if baseline is None:
            parity = win_rate(self._cells, *self._codes_of(system, human))
            return _rate_estimate(parity, cluster=cluster, level=level, null=0.5).times(200.0)
        rates = [win_rate(self._cells, *self._codes_of(name, baseline)) for name in (system, human)]
        if rates[0] is None or rates[1] is None:
            return not_computed(NEVER_MET, level=level, cluster=cluster)
        detail = {"numerator": rates[0].linear.value, "denominator": rates[1].linear.value}
        found = over_baseline(rates[0], rates[1])
        if found.ratio is None:
            return not_computed(found.reason or "", level=level, cluster=cluster, detail=detail)
        ratio = estimate_of(found.ratio, level=level, cluster=cluster, method=BASELINE_METHOD, detail=detail)
        return (ratio.without_limits(found.no_interval) if found.no_interval else ratio).times(100.0)

    def abilities(self, *, cluster: str = "item", level: float = 0.95, seed: int = 1) -> Worths:
        """Fit Davidson's (1970) model of wins and ties to all systems, with a term for the left side.

        P(i) : P(j) : P(tie) = p_i : p_j : v sqrt(p_i p_j), and the worth p of the left system times g.
        Without
        ties it is Bradley and Terry's model. `seed` is that of the simulation behind the rank limits.

        Returns
        -------
        Worths
            Log worths, their differences (test these) and ranks, whose limits hold together (max-t over all
            differences). None with a reason where systems were not compared, not even through third ones.

        Examples
        --------
        >>> j.abilities().order_of_merit
        ('human', 'dsr', 'plain')
        """
        return fit_worths(self._cells, self._left.labels, cluster=cluster, level=level, seed=seed)

    def half_win_worths(self) -> Mapping[Label, float]:
        """Return Bradley and Terry's (1952) log worths with a tie as half a win to each, centred on 0.

        A check of `abilities` on another scale, without a term for the left side or errors: never put both
        into one table. Raises ValueError where the worths have no maximum.

        >>> worths = j.half_win_worths()
        >>> sorted(worths, key=worths.get)
        ['plain', 'dsr', 'human']
        """
        found = half_win_worths(self._cells)
        if isinstance(found, Message):
            raise ValueError(f"{found}. Fix: use abilities, which adds a prior.")
        return {self._left.labels[code]: float(worth) for code, worth in found.items()}

    def position_bias(self, *, cluster: str = "item", level: float = 0.95) -> Estimate:
        """Return the share of decided judgments that the left script won.

        Returns
        -------
        Estimate
            From 0 to 1, limits on the logit scale; `p` tests 1/2. `detail["raters"]`: for each rater (share,
            low, high, p, decided), exact binomial (Clopper & Pearson 1934), a repeated pair once. Adjust
            these p with `benjamini_hochberg`.

        Examples
        --------
        >>> round(j.position_bias().estimate, 3)
        0.714
        """
        found, labels = shares_by_rater(self._cells, level), self._raters.labels
        raters = {labels[r.rater]: (r.share, r.low, r.high, r.p, r.decided) for r in found}
        share = left_share(Scope("", None, self._cells, Plan()))
        if share is None:
            return not_computed(
                "no judgment was decided", level=level, cluster=cluster, detail={"raters": raters}
            )
        return estimate_of(
            share, scale="logit", level=level, cluster=cluster, null=0.5, detail={"raters": raters}
        )

    def length_bias(self, *, cluster: str = "item", level: float = 0.95) -> Estimate:
        """Return the slope of the choice on the log length ratio, in the model of `abilities`.

        Returns
        -------
        Estimate
            Logits per unit of the natural log of left length over right; `p` tests 0. It describes and does
            not correct, for length is a part of what a system writes. Rows without both lengths take no part.

        Examples
        --------
        >>> j.length_bias().n
        8
        """
        if self._log_length is None:
            raise ValueError("there are no lengths. Fix: pass left_length and right_length to Judgments.")
        fitted = fit_abilities(self._cells, length=True)
        if isinstance(fitted, Message) or fitted.length is None:
            return not_computed(str(fitted), level=level, cluster=cluster, method=DAVIDSON_METHOD)
        return estimate_of(fitted.length, level=level, cluster=cluster, null=0.0, method=DAVIDSON_METHOD)

    def recognition(self, human: OneOrMore, *, cluster: str = "item", level: float = 0.95) -> Estimate:
        """Return hits minus false alarms: how much more often raters guess "machine" for machine scripts.

        Parameters
        ----------
        human : label, or list, set or array of labels
            People.

        Returns
        -------
        Estimate
            The share of "machine" guesses on machine scripts minus that on human scripts, from -1 to 1; `p`
            tests 0. `detail`: unsure (guesses that take no part), machine_share (over all scripts).

        Examples
        --------
        >>> found = j.recognition("human")
        >>> round(found.estimate, 3), found.n, found.detail["unsure"]
        (0.667, 5, 1)
        """
        known = {"left_guess": self._left, "right_guess": self._right}
        sides = [(guesses, known[what].codes) for what, guesses in self._guesses.items()]
        if not sides:
            raise ValueError("there are no guesses. Fix: pass left_guess and right_guess to Judgments.")
        guess, made_by = (np.concatenate(parts) for parts in zip(*sides, strict=True))
        rater, item = (np.tile(part.codes, len(sides)) for part in (self._raters, self._items))
        unsure = guess == UNSURE
        guesses = Guesses(self._places.names, rater, item, made_by, guess == MACHINE, unsure)
        person = np.isin(made_by, [self._left.code(label) for label in _several(human) or [human]])
        share = guesses.machine_share(guess > 0)
        detail = {"unsure": int(unsure.sum()), "machine_share": share.value if share else None}
        gap = guesses.difference((guess > 0) & ~person, (guess > 0) & person)
        if gap is None:
            return not_computed(
                ONE_ORIGIN if share else NO_GUESS, level=level, cluster=cluster, detail=detail
            )
        return estimate_of(gap, level=level, cluster=cluster, null=0.0, detail=detail)

    def ratings(self) -> Ratings:
        """Return the outcomes (win, tie, loss) of units (item, system, other) for measures of agreement.

        Every value is counted from both sides with half weight: the order of the systems does not matter.

        >>> j.ratings()
        <Ratings 8 values of 7 units by 3 raters; values: win, tie, loss>
        """
        turned = self._left.codes > self._right.codes
        won = np.select(
            [self._choice == LEFT, self._choice == RIGHT],
            [np.where(turned, "loss", "win"), np.where(turned, "win", "loss")],
            "tie",
        )
        items = [self._items.labels[code] for code in self._items.codes]
        pairs = np.sort(np.stack([self._left.codes, self._right.codes]), axis=0)
        one, two = ([self._left.labels[code] for code in side] for side in pairs)
        raters = [self._raters.labels[code] for code in self._raters.codes]
        return Ratings(won, zip(items, one, two, strict=True), raters, item=items, both_ways=True)

    def agreement(
        self, *, replicates: int = 2000, seed: int = 1, level: float = 0.95
    ) -> Mapping[str, Estimate]:
        """Return how well raters agree on the same pair of scripts, by three measures.

        Print all three, for alpha collapses where one outcome dominates. Limits: bootstrap over items. Raises
        ValueError where a rater judged a pair twice: give the first judgment of each.

        Returns
        -------
        Mapping of str to Estimate
            "alpha" (Krippendorff's, nominal), "ac1" (Gwet's) and "raw" (share of agreeing pairs of values).

        Examples
        --------
        >>> j.agreement(replicates=0)["raw"].estimate
        0.0
        """
        ratings = self.ratings()
        measures = {"alpha": ratings.alpha, "ac1": ratings.ac1, "raw": ratings.raw_agreement}
        return {
            name: measure(replicates=replicates, seed=seed, level=level) for name, measure in measures.items()
        }

    def _best_of_k_entries(self, plan: Plan, draw: Draw) -> Iterator[Entry]:
        return best_by_votes(Scope("", None, self._cells, plan), draw)

    @cached_property
    def _cells(self) -> Cells:
        return self._count(np.ones(len(self._choice), dtype=bool))

    def _count(self, rows: np.ndarray) -> Cells:
        """Count some of the rows."""
        return count_codes(
            self._places.names,
            self._raters.codes[rows],
            self._items.codes[rows],
            self._left.codes[rows],
            self._right.codes[rows],
            self._choice[rows],
            None if self._log_length is None else self._log_length[rows],
        )

    @cached_property
    def _log_length(self) -> Floats | None:
        """Log of left length over right; not finite where one is not known."""
        if not {"left_length", "right_length"} <= set(self._measured):
            return None
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.log(self._measured["left_length"] / self._measured["right_length"]))

    def _codes_of(self, system: Label, opponent: OneOrMore) -> tuple[int, list[int]]:
        """Return the codes of a system and of its opponents."""
        code = self._left.code(system)
        if opponent is None:
            others = {*self._left.codes.tolist(), *self._right.codes.tolist()} - {code}
        else:
            others = {self._left.code(label) for label in _several(opponent) or [opponent]}
        if code in others:
            raise ValueError(f"system {system!r} is its own opponent. Fix: name another opponent.")
        return code, sorted(others)


def _several(labels: OneOrMore) -> list[Label] | None:
    """Return the labels of a list, set or array; None for a single label, which may be a tuple."""
    if not isinstance(labels, list | set | frozenset | np.ndarray):
        return None
    if not len(labels):
        raise ValueError("there is no opponent. Fix: name an opponent.")
    return list(labels)


def _without(system: Label, opponent: OneOrMore) -> OneOrMore:
    """Return the opponents of a system: of several that hold the system itself, the others."""
    many = _several(opponent)
    return opponent if many is None else [label for label in many if label != system]


def _rate_estimate(rate: WinRate | None, *, cluster: str, level: float, null: float | None) -> Estimate:
    if rate is None:
        return not_computed(NEVER_MET, level=level, cluster=cluster)
    detail = {
        key: getattr(rate, key) for key in ("wins", "ties", "losses", "neither", "without_ties", "row_mean")
    }
    return estimate_of(rate.linear, scale="logit", level=level, cluster=cluster, null=null, detail=detail)
