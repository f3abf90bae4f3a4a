"""A methods paragraph that a paper can print: sentences about what was done with these data alone."""

from collections.abc import Iterable, Iterator

from analysis.render import entries as ask
from analysis.render import numbers, study_tables
from analysis.render.answer import margin_words
from analysis.render.document import Block, Folded, Paper
from analysis.render.entries import Entry
from analysis.render.fields import BOOTSTRAPS, CUT, POOLED_DF, Context, has_step
from analysis.render.page_texts import REFERENCES
from analysis.render.words import clean


def folded(ctx: Context) -> list[Block]:
    """The paragraph, its references, and the ways to take them away; nothing where nothing was estimated."""
    paper = Methods(ctx).paper()
    if paper is None:
        return []
    return [Folded(ctx.words("part_methods"), [paper])]


class Methods:
    """Builds the sentences and remembers what they cite."""

    def __init__(self, ctx: Context) -> None:
        self.ctx, self.words, self.report = ctx, ctx.words, ctx.report
        self.cited: set[str] = set()
        self.entries: dict[str, list[Entry]] = {name: ask.entries(ctx.report, name) for name in ask.LISTS}
        methods = [ask.method(e) for rows in self.entries.values() for e in rows if is_known(e)]
        self.steps = {step.code for method in methods if method is not None for step in method.steps}

    def __call__(self, key: str, **values: object) -> str:
        self.cited.add(key)
        return self.words(key, **values)

    def paper(self) -> Paper | None:
        if not any(is_known(e) for rows in self.entries.values() for e in rows):
            return None
        glue = self.words.sentence_sep
        groups = (self.design(), self.question(), self.estimates(), self.further(), self.software())
        said = [glue.join(group) for group in map(list, groups) if group]
        references = [text for key, text in REFERENCES.items() if key in self.cited]
        return Paper("methods", said, self.words("references"), references)

    def judged(self) -> bool:
        """Whether scripts were compared in pairs; win rates may also come from scores."""
        return any(not entry.get("derived_from") for entry in self.entries["win_rates"])

    def has(self, name: str, **wanted: object) -> bool:
        return any(is_known(e) for e in ask.filter_entries(self.entries[name], **wanted))

    def join(self, parts: Iterable[str]) -> str:
        """A, B and C."""
        found = list(parts)
        if len(found) < 2:
            return "".join(found)
        return self.words("list_sep").join(found[:-1]) + self("m_and") + found[-1]

    # who judged what

    def design(self) -> Iterator[str]:
        study, words = self.ctx.study, self.words
        codes = {warning.get("code") for warning in ask.entries(self.report, "warnings")}
        if self.judged():
            yield self("m_pairs", systems=len(ask.systems(self.report)))
            design = study.get("design") or {}
            if design.get("raters_per_pairing"):
                scheme = self("m_crossed") if design.get("scheme") == "crossed" else ""
                raters = words.counted("raters", design["raters_per_pairing"])
                yield self("m_each_pairing", raters=raters, scheme=scheme)
        contexts = {e.get("context") for e in self.entries["mean_scores"]}
        if "single" in contexts:
            yield self("m_scores_single")
        if "pair" in contexts:
            yield self("m_scores_pair")
        if study.get("digest"):
            drawn = bool(study.get("draw_nonce"))
            if drawn and "simulated_only" not in codes and "model_only" not in codes:
                yield self("m_blind")
            yield self("m_drawn" if drawn else "m_frozen", digest=clean(str(study["digest"]))[:12])
        if "simulated_only" in codes:
            yield self("m_simulated")
        elif "model_only" in codes:
            yield self("m_model")
        spoken = [self.ctx.language(code) for code in self.ctx.views if not ask.is_pooled(code)]
        sizes = ask.sizes(self.report)
        counted = {key: words.counted(key, n) for key, n in sizes.items() if n is not None}
        if sizes:
            yield self(
                "m_sizes",
                raters=counted["raters"],
                items=counted["items"],
                series=self("m_series", series=counted["series"]) if "series" in counted else "",
                languages=self("m_languages", languages=self.join(spoken)) if spoken else "",
            )
        yield from study_tables.writers(self.ctx) if self.entries["human_level"] else ()
        for source in ask.entries(self.report, "inputs"):
            yield self.used(source, words.known(f"table_{source.get('table')}", str(source.get("table"))))

    def used(self, source: Entry, table: str) -> str:
        left = [
            self("m_left_one", n=numbers.count(n), reason=self.ctx.why(why))
            for why, n in ask.counts(source.get("left_out_codes"))
        ]
        used = source.get("used") or 0
        rows = self.words.counted("rows", source.get("rows") or 0)
        key = ("m_used_not" if left else "m_used") + ("_one" if used == 1 else "")
        shown = {"rows": rows, "used": numbers.count(used), "left": self.words("list_sep").join(left)}
        return self(key, table=table, **shown)

    # what was asked

    def question(self) -> Iterator[str]:
        ctx = self.ctx
        lead = ask.primary_criterion(self.report)
        if lead is None:
            yield self("m_no_primary")
            return
        planned = [{"a": ctx.system(a), "b": ctx.system(b)} for a, b in ask.primary_contrasts(self.report)]
        said = self("m_contrast", **planned[0]) if planned else ""
        if len(planned) > 1:
            said = self("m_contrasts", pairs=self.join(self("m_pair", **pair) for pair in planned))
        yield self("m_primary", criterion=ctx.criterion(lead), contrast=said)
        others = [name for name in ask.criteria(self.report) if name != lead]
        if len(others) == 1:
            yield self("m_criteria_one")
        elif others:
            yield self("m_criteria", n=len(others))
        made = {e.get("claim") for e in ask.entries(self.report, "answer")} - {None, "difference"}
        if ctx.plan.get("margin") is not None and made:
            reason = ctx.text_of(ctx.plan.get("margin_reason"))
            said = self("m_reason", reason=reason) if reason else ""
            yield self("m_margin", margin=margin_words(ctx), reason=said)
            if ctx.plan.get("margin_of") != "points":
                yield self.claims(float(ctx.plan["margin"]))
        looks = self.entries["looks"]
        if looks:
            yield self("m_looks", look=looks[0].get("look"), of=looks[0].get("of"))

    def claims(self, margin: float) -> str:
        """By what rule a claim within the margin was made."""
        level = ask.level_of(ask.entries(self.report, "answer"))
        limits = {"limit": numbers.percent(0.5 - margin), "upper": numbers.percent(0.5 + margin)}
        inner = numbers.level(2 * level - 1)
        return self("m_claims", level=numbers.level(level), inner=inner, **limits)

    # how it was computed

    def estimates(self) -> Iterator[str]:
        if self.has("win_rates", derived_from="scores"):
            yield self("m_win_scores")
        elif self.has("win_rates"):
            neither = any(e.get("neither") for e in self.entries["win_rates"])
            yield self("m_win", neither=self("m_neither") if neither else "")
        if self.has("human_level", definition="parity"):
            yield self("m_parity")
        if self.has("human_level", definition="ratio_of_means"):
            yield self("m_ratio")
        if self.has("mean_scores"):
            yield self("m_mean_scores")
        yield from self.intervals()
        yield from self.pooling()
        yield from self.adjustment()
        yield from self.bootstraps()

    def intervals(self) -> Iterator[str]:
        ctx = self.ctx
        rows = [e for rows in self.entries.values() for e in rows if ask.has_interval(e)]
        cluster = ask.item_cluster(self.report)
        if self.steps & {"two_way_logit", "two_way_log", "two_way_identity", "fieller"}:
            scales = self("m_logit") if "two_way_logit" in self.steps else ""
            scales += self("m_log") if "two_way_log" in self.steps and scales else ""
            yield self(
                "m_interval",
                level=numbers.level(ask.level_of(rows)),
                cluster=ctx.cluster(cluster),
                clusters=self.words(f"clusters_{cluster}"),
                scales=scales,
            )
        if "fieller" in self.steps:
            yield self("m_fieller")
        if "clopper_pearson" in self.steps:
            yield self("m_exact")
        if "wilson" in self.steps:
            yield self("m_wilson")
        others = {str(e["other_cluster"]) for e in rows if ask.other_limits(e)} - {cluster}
        if any(has_step(e, CUT) for e in rows):
            yield self("m_range")
        if others:
            yield self("m_other", other=self.join(map(ctx.cluster, sorted(others))))

    def pooling(self) -> Iterator[str]:
        if any(map(ask.is_pooled, self.ctx.views)):
            yield self("m_pooled", df=self("m_satterthwaite") if POOLED_DF in self.steps else "")
        elif self.ctx.views:
            yield self("m_apart")

    def adjustment(self) -> Iterator[str]:
        names = {
            e.get("adjustment")
            for rows in self.entries.values()
            for e in rows
            if e.get("p_adjusted") is not None
        }
        if "holm" in names:
            families = {
                e.get("family")
                for name in ("win_rates", "differences")
                for e in self.entries[name]
                if e.get("p_adjusted") is not None
            }
            yield self("m_holm" if "secondary" in families else "m_holm_first")
            self.cited.add("m_holm")
        if "benjamini-hochberg" in names:
            yield self("m_bh")
        if names - {None}:
            yield self("m_families")
            rows = ask.entries(self.report, "answer")
            used = {(e.get("interval_used") or e).get("level") for e in rows if e.get("tests")}
            other = used > {ask.level_of(rows)} or (used and ask.level_of(rows) not in used)
            yield self("m_unadjusted", levels=self("m_levels") if other and "holm" in names else "")

    def bootstraps(self) -> Iterator[str]:
        replicates = self.words.counted("replicates", self.ctx.plan.get("replicates") or 0)
        sizes = {"replicates": replicates, "seed": self.report.get("seed")}
        if any(e.get("bootstrap_low") is not None for rows in self.entries.values() for e in rows):
            by = f"clusters_{ask.item_cluster(self.report)}"
            yield self("m_boot", clusters=self.words(by), **sizes)
        elif self.steps & set(BOOTSTRAPS):
            yield self("m_boot_some", **sizes)

    # beside the answer

    def further(self) -> Iterator[str]:
        if self.has("abilities"):
            order = self.has("ability_model", term="order_term")
            yield self("m_abilities", order=self("m_order") if order else "")
            if any(e.get("rank_low") is not None for e in self.entries["abilities"]):
                yield self("m_ranks")
        known = {str(e.get("measure")) for e in self.entries["agreement"] if is_known(e)}
        keys = (
            ("m_alpha", {"alpha_nominal", "alpha_ordinal"}),
            ("m_raw", {"raw"}),
            ("m_ac1", {"ac1"}),
            ("m_icc", {"icc_a1", "icc_ak"}),
            ("m_intra", {"intra"}),
        )
        measures = [self(key) for key, names in keys if names & known]
        if measures:
            drawn = any(has_step(e, *BOOTSTRAPS) for e in self.entries["agreement"])
            intervals = self("m_agreement_boot") if drawn else ""
            yield self("m_agreement", measures=self.join(measures), intervals=intervals)
        if {"alpha_nominal", "ac1"} & known:
            yield self("m_orders")
        if any(e.get("accuracy") is not None for e in self.entries["raters"]):
            yield self("m_accuracy")
        yield from self.beside()
        rules = dict.fromkeys(str(e.get("rule")) for e in self.entries["sensitivity"])
        if rules:
            said = (self.words.known(rule, clean(rule)) for rule in rules)
            tested = any(e.get("p") is not None for e in self.entries["sensitivity"])
            yield self("m_sensitivity", rules=self.join(said), test=self("m_change") if tested else "")
        if "uneven_exclusions" in {warning.get("code") for warning in ask.entries(self.report, "warnings")}:
            yield self("m_excluded")

    def beside(self) -> Iterator[str]:
        """What each further list of the report holds, where it holds anything."""
        keys = (
            ("best_of_k", "m_best"),
            ("position_bias", "m_side"),
            ("length_bias", "m_slope"),
            ("blinding", "m_blinding"),
            ("strength", "m_strength"),
            ("errors", "m_errors"),
            ("breakdown", "m_breakdown"),
            ("rater_groups", "m_rater_groups"),
            ("covariates", "m_covariates" if self.judged() else "m_score_model"),
            ("components", "m_components"),
            ("lengths", "m_lengths" if self.has("reading_time") else "m_lengths_only"),
        )
        for name, key in keys:
            if self.has(name):
                yield self(key)
        if self.has("components", measure="series_test"):
            yield self("m_series_test")
        if self.has("drift"):
            by_scene = self.entries["drift"][0].get("cluster") != ask.item_cluster(self.report)
            yield self("m_drift", by=self("m_drift_by") if by_scene else "")

    def software(self) -> Iterator[str]:
        versions = dict(self.report.get("versions") or {})
        version = versions.pop("evalsite", "")
        others = self.words("list_sep").join(f"{name} {versions[name]}" for name in sorted(versions))
        yield self(
            "m_software",
            version=clean(str(version)),
            others=self("m_others", others=clean(others)) if others else "",
            seed=self.report.get("seed"),
        )
        digests = [
            f"{clean(str(source.get('name')))} {source['sha256']}"
            for source in ask.entries(self.report, "inputs")
            if source.get("sha256")
        ]
        if digests:
            yield self("m_data", digests=self.words("clause_sep").join(digests))


def is_known(entry: Entry) -> bool:
    return entry.get("estimate") is not None
