"""The texts of a report page: its parts, the answer, the flow of the study, and the methods paragraph."""

from typing import Final

from analysis.translation import Text, pgettext_lazy
from analysis.translation import gettext_lazy as _

PAGE_TEXTS: Final[dict[str, Text]] = {
    # the page
    "title": _("Evaluation report"),
    "simulated_banner": _(
        "Simulated judgments only. No human took part, so these results are not evidence about the scripts."
    ),
    "model_banner": _(
        "Machine judgments only. No human took part: these results show what a language model prefers."
    ),
    "contents": _("On this page"),
    "digest": _("Study digest"),
    "audit_head": _("Audit trail: last line about this study, and its digest"),
    "rows_used": _("Judgments included"),
    "scores_used": _("Scores included"),
    "systems": _("Systems"),
    "human_systems": _("Human systems"),
    "languages": _("Script languages"),
    "lang_en": _("English"),
    "lang_zh": _("Chinese"),
    "pooled": _("pooled"),
    # parts
    "part_methods": _("Methods section for a paper"),
    "views": _("Scripts to show"),
    "view_all": _("All"),
    # sections
    "answer": pgettext_lazy("section", "Answer"),
    "warnings": _("Cautions"),
    "win_rates": _("Win rates"),
    "human_level": _("Human level"),
    "mean_scores": _("Mean scores"),
    "abilities": _("Abilities"),
    "agreement": _("Agreement between raters"),
    "inputs": _("Inputs"),
    "method": _("Method and versions"),
    "criterion_length": _("length"),
    # what was asked, and the answer
    "question": _("Question"),
    "primary_criterion": _("Primary criterion"),
    "primary_contrast": _("Primary contrast"),
    "primary_contrasts": _("Primary contrasts"),
    "quoted": _("“%(name)s”"),
    "contrast": _("%(a)s vs. %(b)s"),
    "no_primary": _("No primary criterion was set before the analysis, so all results are exploratory."),
    "no_primary_contrast": _(
        "No primary contrast was planned, so the answer compares the best system of each language with"
        " people. The tables have all results."
    ),
    "cluster": _("Intervals clustered by"),
    "cluster_item": _("scene"),
    "cluster_series": _("series"),
    "margin": _("Equivalence margin"),
    # the first page
    "page_sentence": _("%(said)s (%(inside)s)."),
    "page_win": _(
        "%(system)s won %(estimate)s%% of its comparisons with %(opponent)s on"
        " “%(criterion)s”%(series)s%(where)s"
    ),
    "page_score": _(
        "The mean score of %(system)s minus that of %(opponent)s is %(estimate)s points%(series)s%(where)s"
    ),
    "for_series": _(" for these %(series)s"),
    "page_interval": _("%(level)s%% interval %(low)s to %(high)s"),
    "page_interval_percent": _("%(level)s%% interval %(low)s to %(high)s%%"),
    "page_no_interval": _("no interval: %(reason)s"),
    "page_p_both": _("%(p)s, adjusted for %(tests)s tests: %(adjusted)s"),
    "page_tests": _(
        "There are %(tests)s primary tests (%(clear)s of them clear), so Holm's method sets the level of the"
        " intervals that decide. All other intervals are at %(level)s%% and not adjusted."
    ),
    "page_generalize": _(
        "The intervals allow for differences between series, so that the result is about other series like"
        " these, too."
    ),
    "page_few_series": _(
        "The intervals allow for differences between series, but there are too few series for a claim about"
        " others."
    ),
    "page_these_series": _("The result is about these series only."),
    "page_other_series": _("A claim about others needs the intervals by series."),
    "claim_non_inferior": _(
        "Non-inferior means that the lower limit is above %(limit)s, the margin (%(margin)s)."
    ),
    "claim_equivalent": _(
        "Equivalent means that the whole interval is inside %(limit)s to %(upper)s, the margin (%(margin)s)."
    ),
    "claim_open": _("The interval doesn't meet this."),
    "assay_none": _(
        "The interval meets this, but nothing shows that these raters could see a difference: no weak"
        " baseline lost, and checks (scripts damaged on purpose) were missing or passed by chance alone."
    ),
    "assay_checks": _(
        "These raters can see a difference: they passed more checks (pairs with a script that was damaged"
        " on purpose) than by chance."
    ),
    "assay_baseline": _("These raters can see a difference: %(weak)s lost to the other systems."),
    "page_leads_win": _(
        "%(system)s ranks first of %(n)s systems%(series)s%(where)s, winning %(estimate)s%% of its"
        " comparisons against all others"
    ),
    "page_leads_score": _(
        "%(system)s ranks first of %(n)s systems%(series)s%(where)s with a mean score of %(estimate)s"
    ),
    "page_first": _("No other system could be first."),
    "page_rivals": _("Accounting for all comparisons, %(names)s could also be first."),
    "page_rivals_all": _("Accounting for all comparisons, any of the systems could be first."),
    "page_rivals_many": _("Accounting for all comparisons, %(n)s other systems could also be first."),
    "page_people": _("%(name)s (human)"),
    "verdict": _("%(label)s: %(text)s"),
    "verdict_better": _("Better"),
    "verdict_worse": _("Worse"),
    "verdict_equivalent": _("Equivalent"),
    "verdict_non_inferior": _("Non-inferior"),
    "verdict_undecided": _("Undecided"),
    "verdict_none": _("Not computed"),
    "verdict_unreliable": _("Not reliable"),
    "void_inattention": _("%(n)s of %(of)s raters show signs of inattention."),
    "void_unread": _("Raters saw %(share)s%% of the text of %(system)s."),
    "void_end": _("Don't report this result."),
    "verdict_first": _("First place"),
    "verdict_leads": _("First, but not certain"),
    "rank_short": _("Rank (range)"),
    "rank_range": _("%(rank)s (%(low)s–%(high)s)"),
    "win_rate_all": _("Win rate vs. all others"),
    "value_limits": _("%(value)s (%(limits)s)"),
    "is_reference": _("reference"),
    "cap_leaderboard": _("Ranking on “%(criterion)s”"),
    "note_leaderboard": _("In brackets: %(interval)s. Win rates count a tie as half a win."),
    "note_rank_max_t": _(
        "Rank range: all ranks compatible with the data, from simultaneous (max-t) intervals of"
        " the differences in ability. All ranges hold jointly."
    ),
    "note_rank_holm": _(
        "Rank range: all ranks compatible with the data. Two systems differ if the p value of"
        " their difference, adjusted by Holm's method over all pairs, is small enough. All ranges"
        " hold jointly."
    ),
    "note_rank_none": _("Not enough data for rank ranges."),
    "note_ability": _(
        "Ability is the natural log of the worth in Davidson's model; 0 is the mean of these"
        " systems. Systems are ranked by ability, which can differ from the order of win rates if"
        " they faced different opponents."
    ),
    "ability_log": _("Ability (log-worth)"),
    "how_to_read": _("How to read this table"),
    "more_of_answer": _("More about this answer"),
    "agreement_alpha": _("Krippendorff's alpha %(values)s"),
    "agreement_within_score": _("Krippendorff's alpha within systems %(values)s."),
    "agreement_within_pair": _("Krippendorff's alpha within pairs of systems %(values)s."),
    "agreement_pooled": _("Over all systems %(values)s, which includes agreement on which systems are weak."),
    "cautions_more": _("More cautions: %(n)s."),
    "cautions_all": _("Cautions (%(n)s) and where they apply"),
    "answer_win": _(
        "On “%(criterion)s”%(where)s, %(system)s won %(estimate)s%% of its comparisons with"
        " %(opponent)s, counting ties as half (%(level)s%% interval %(low)s to %(high)s%%)."
    ),
    "answer_win_bare": _(
        "On “%(criterion)s”%(where)s, %(system)s won %(estimate)s%% of its comparisons with"
        " %(opponent)s, counting ties as half. No interval: %(reason)s."
    ),
    "answer_none": _(
        "On “%(criterion)s”%(where)s, the win rate of %(system)s against %(opponent)s could not"
        " be computed: %(reason)s."
    ),
    "answer_parity": _(
        "This equals %(estimate)s%% of human level by parity, where 100 is parity (%(level)s%%"
        " interval %(low)s to %(high)s%%)."
    ),
    "answer_counts": _("Based on %(sizes)s. Method: %(method)s."),
    "where": _("Applies to: %(where)s"),
    "answer_above": _(
        "The whole interval is above 50%%: for raters and scenes like these, %(system)s is"
        " preferred to %(opponent)s."
    ),
    "answer_adjusted": _(
        "The interval excludes 50%%, but it covers this comparison alone. With %(p)s (adjusted"
        " for all %(tests)s tests of the family: %(adjusted)s), the data do not show which of the"
        " two is preferred."
    ),
    "answer_below": _(
        "The whole interval is below 50%%: for raters and scenes like these, %(opponent)s is"
        " preferred to %(system)s."
    ),
    "answer_other": _(
        "Clustered by %(other)s instead of %(cluster)s, the interval is %(low)s to %(high)s%%. By the plan,"
        " it decides nothing."
    ),
    "answer_straddles": _("The interval includes 50%%: the data don't show which one is preferred."),
    "answer_means": _(
        "These two means use the %(scores)s of raters who scored both scripts of a scene. Over"
        " all scores%(adjusted)s, the means are %(system_mean)s for %(system)s and %(human_mean)s"
        " for %(human)s."
    ),
    "means_adjusted": _(", adjusted for rater and scene"),
    "note_means_both": _(
        "System and human means use only scores by raters who scored both scripts of a scene."
        " They can differ from mean scores over all scores of a system."
    ),
    "note_means_all": _(
        "Mean scores use all scores of a system. They can differ from the means behind the"
        " percentage of human level, which use only scores by raters who scored both scripts of a scene."
    ),
    "note_spread": _(
        "SD of rater means is the standard deviation of the raters' mean scores for a system; SD"
        " of scene means is that of the scenes' mean scores."
    ),
    "system_mean_floor": _("System mean above the floor"),
    "human_mean_floor": _("Human mean above the floor"),
    "best": _(
        "%(system)s was the best of %(k)s %(kind)s on %(won)s of %(scenes)s%(where)s:"
        " %(estimate)s%% (%(level)s%% interval %(low)s to %(high)s%%)."
    ),
    "best_bare": _(
        "%(system)s was the best of %(k)s %(kind)s on %(won)s of %(scenes)s%(where)s:"
        " %(estimate)s%%. No interval: %(reason)s."
    ),
    "best_others": _("Others: %(others)s."),
    "best_other": _("%(system)s %(won)s (%(estimate)s%%)"),
    "best_chance": _(
        "“Best” means the highest mean score from the same raters. By chance, the share would be"
        " %(chance)s%%."
    ),
    "best_machines": _("machines"),
    "best_systems": pgettext_lazy("best of k", "systems"),
    "answer_by_language": _(
        "%(role)s: %(language)s scripts %(estimate)s%% (%(level)s%% interval %(low)s to %(high)s%%)."
    ),
    "answer_by_language_bare": _("%(role)s: %(language)s scripts %(estimate)s%%. No interval: %(reason)s."),
    "answer_by_language_none": _("%(role)s: %(language)s scripts, not computed: %(reason)s."),
    "clusters_item": _("scenes"),
    "clusters_series": _("series"),
    "sizes": _("Sizes"),
    "margin_points": _("%(value)s percentage points of win rate"),
    "margin_of_score": _("a mean score difference of %(value)s"),
    "with_reason": _("%(said)s (%(reason)s)"),
    "all_systems": _("all systems"),
    "method_sep": _(". "),
    "where_more": pgettext_lazy("report", "and %(n)s more"),
    "note_pooled_df": _(
        "Pooled: the mean of the languages with equal weights and Satterthwaite degrees of"
        " freedom. There is no interval if a language has none."
    ),
    "note_read": _("Scores: %(read)s."),
    "note_humans": _("Human: %(human)s."),
    "note_no_rank": _(
        "These ranks are per language. The ranking of the answer uses pooled values and Holm's method."
    ),
    # roles
    "primary": _("Primary"),
    "secondary": pgettext_lazy("role", "Secondary"),
    "exploratory": pgettext_lazy("role", "Exploratory"),
    "role": _("Role"),
    # definitions of human level
    "parity": _("Parity"),
    "ratio_of_means": _("Ratio of means"),
    "above_floor": _("Ratio above the floor"),
    "common_baseline": _("Common baseline"),
    "parity_note": _(
        "Parity is 200 times the win rate against humans: 100 is parity, and the range is 0 to 200."
    ),
    "ratio_note": _(
        "Ratio of means is 100 times the mean score of the system divided by the human mean"
        " score, for the same raters and scenes. It depends on where the scale starts."
    ),
    "floor_note": _("Ratio above the floor first subtracts the lowest possible score from both means."),
    "baseline_note": _(
        "Common baseline divides the system's win rate against the baseline by the human win rate against it."
    ),
    # opponents
    "opp_all": _("all others"),
    "opp_machines": _("all machines"),
    # the flow of the study
    "step": _("Step"),
    "count": _("Count"),
    "detail": _("Of these"),
    "step_invited": _("invited"),
    "step_consented": pgettext_lazy("step", "consented"),
    "step_passed_practice": pgettext_lazy("step", "passed practice"),
    "step_withdrawn": pgettext_lazy("step", "withdrew"),
    "step_relinked": _("got a new link from staff"),
    "step_assigned": _("assigned"),
    "step_submitted": pgettext_lazy("step", "submitted"),
    "step_late": pgettext_lazy("step", "late"),
    "step_skipped": pgettext_lazy("step", "skipped"),
    "step_expired": pgettext_lazy("step", "expired"),
    "step_after_new_link": _("answered or changed after a new link"),
    "step_rows": _("rows in the tables"),
    "step_excluded": pgettext_lazy("step", "excluded"),
    "step_other_kinds": _("other kinds"),
    "step_other_raters": _("other types of rater"),
    "step_unused": _("without an included row"),
    "step_analysed": _("analysed"),
    "unit_raters": _("raters"),
    "unit_assignments": _("assignments"),
    "unit_rows": _("rows"),
    "table_judgments": _("judgments"),
    "table_scores": _("scores"),
    "table_marks": _("marked errors"),
    "table_raters": _("rater profiles"),
    "unit_of": _("%(unit)s, %(table)s"),
    "note_matrix": _("Judgments, intervals and methods are in the table of pairs."),
    "cap_flow": _("Counts per step"),
    "cap_unblinding": pgettext_lazy("report", "Unblinding"),
    "unblinding_requested": pgettext_lazy("step", "requested"),
    "unblinding_confirmed": pgettext_lazy("step", "confirmed"),
    "person": pgettext_lazy("report", "Person"),
    "at": pgettext_lazy("report", "Time"),
    "second_factor": pgettext_lazy("report", "Second factor"),
    "place": pgettext_lazy("report", "Where"),
    "account_events": _("Changes of the account since freezing"),
    "factor_code": pgettext_lazy("second factor", "authenticator code"),
    "factor_passkey": pgettext_lazy("second factor", "passkey"),
    "factor_off": pgettext_lazy("second factor", "none: switched off on the site"),
    "factor_simulated": pgettext_lazy("second factor", "none: all raters are simulated"),
    "place_browser": pgettext_lazy("where", "browser"),
    "place_console": pgettext_lazy("where", "console"),
    "note_unblinders": _("The frozen plan names these unblinders: %(names)s."),
    "note_no_unblinders": _(
        "The frozen plan names no unblinders: any two owners or researchers of the team could unblind it."
    ),
    "note_factor_off": _("The site asked for no second factor when the study was unblinded."),
    "note_console": _("Both steps were done on the server's console."),
    "note_checked": _(
        "The site checked the two accounts: %(checks)s. It can't know whether they belong to two people."
    ),
    "note_unchecked": _("The site did not check whether the two accounts belong to two people."),
    "note_unconfirmed": _("These accounts had no confirmed email address to compare: %(names)s."),
    "note_shared": _(
        "Studies that were still blinded use some of the scripts: %(studies)s. Their rules were followed too."
    ),
    "note_withheld": _(
        "Studies that were still blinded use some of the scripts, so results were withheld: %(studies)s."
    ),
    "note_revealed_earlier": _(
        "Study %(study)s, unblinded on %(at)s, revealed %(n)s of the scripts earlier."
    ),
    "note_withheld_earlier": _(
        "Study %(study)s, unblinded on %(at)s, uses %(n)s of the scripts. Results were withheld until now."
    ),
    "checked_addresses": _("their email addresses differ"),
    "checked_access": _("no one else has changed access to either of them since freezing"),
    "checked_browsers": _("they were used in two browsers"),
    "say_unblinded": _(
        "The study was unblinded on %(at)s: %(first)s requested it, and %(second)s confirmed it."
    ),
    "short_unblinded": _(
        "Requested by %(first)s (%(how)s), confirmed by %(second)s (%(again)s) on %(at)s, %(place)s. Account "
        "changes since freezing: %(events)s. Amendments: %(amendments)s."
    ),
    "cap_amendments": _("Amendments since freezing"),
    "amendment": pgettext_lazy("report", "Amendment"),
    "amendment_unblinder_stays": _(
        "%(new)s stays an unblinder, as requested by %(by)s and accepted by %(accepted)s: %(text)s"
    ),
    "amendment_unblinder": _(
        "Unblinder %(old)s replaced by %(new)s, as requested by %(by)s and accepted by %(accepted)s: %(text)s"
    ),
    "detail_one": _("%(reason)s: %(n)s"),
    "cap_missing": _("Missing judgments by system"),
    "cells_assigned": pgettext_lazy("assignments", "Drawn"),
    "cells_submitted": pgettext_lazy("assignments", "Submitted"),
    "cells_skipped": pgettext_lazy("assignments", "Skipped"),
    "cells_missing": pgettext_lazy("assignments", "Missing"),
    "note_missing": _("Missing: drawn, but not submitted in time, including skipped ones."),
    "say_writers": _("Writers named by the scripts of %(system)s: %(n)s."),
    "say_no_writers": _("The scripts of %(system)s don't name their writers."),
    # exclusions
    "planned_exclusions": _("Planned exclusions"),
    "plan_names_none": _("The plan names none."),
    "applied_exclusions": _("Applied exclusions (%(what)s)"),
    "note_unplanned": _("The plan names no exclusions, so answers excluded by hand deviate from it."),
    "cap_exclusions": _("Answers excluded by hand"),
    "note_exclusions": _("These exclusions were decided while the study was blinded."),
    "note_exclusions_result": _("The sensitivity analyses give the result with these answers."),
    "excluded_at": _("Time (UTC)"),
    "excluded_rater": pgettext_lazy("exclusions", "Rater"),
    "excluded_position": pgettext_lazy("exclusions", "Position"),
    "excluded_event": pgettext_lazy("exclusions", "Event"),
    "excluded_role": pgettext_lazy("exclusions", "Decided by"),
    "event_excluded": pgettext_lazy("exclusions", "excluded"),
    "event_included": pgettext_lazy("exclusions", "included again"),
    "decided_by_owner": pgettext_lazy("exclusions", "owner"),
    "decided_by_researcher": pgettext_lazy("exclusions", "researcher"),
    "decided_by_admin": pgettext_lazy("exclusions", "admin"),
    "decided_by_console": pgettext_lazy("exclusions", "console command"),
    # inputs and method
    "file": _("File"),
    "rows": _("Rows"),
    "used": _("Included"),
    "sha256": _("SHA-256"),
    "reason": _("Reason"),
    "seed": pgettext_lazy("inputs", "Seed"),
    "replicates": _("Bootstrap replicates"),
    "part": _("Component"),
    "version": _("Version"),
    "nothing_left_out": _("All rows were included."),
    "not_computed": _("not computed: %(reason)s"),
    "no_reason": _("no reason given"),
    "used_of": _("%(used)s of %(rows)s"),
    "in_language": _(", %(language)s scripts"),
    "in_pooled": _(", languages pooled with equal weights"),
    "note_pooled": _(
        "Pooled: the mean of the languages with equal weights. There is no interval if a language has none."
    ),
    "sep": _(": "),
    "full_stop": _("."),
    "list_sep": pgettext_lazy("between names", ", "),
    "count_sep": pgettext_lazy("between counts", ", "),
    # between names, clauses and sentences
    "name_sep": pgettext_lazy("between clauses", "; "),
    "clause_sep": pgettext_lazy("between clauses", "; "),
    "dash": _(" – "),
    # taking away
    "copy_csv": _("Copy CSV"),
    "copy_tex": _("Copy LaTeX"),
    "copy_txt": _("Copy text"),
    "copy_md": _("Copy Markdown"),
    "save_csv": _("Save CSV"),
    "save_tex": _("Save LaTeX"),
    "save_txt": _("Save text"),
    "save_md": _("Save Markdown"),
    "copied": _("Copied."),
    "copy_failed": _("Couldn't copy. Use “Save” instead."),
    "of_what": _(" of %(what)s"),
    "references": _("References"),
    "methods": _("Methods paragraph"),
    "flow_raters": _("raters %(n)s"),
    "flow_assignments": _("assignments %(n)s"),
    "flow_n_rows": _("rows %(n)s"),
}
METHODS_TEXTS: Final[dict[str, Text]] = {
    # design
    "m_pairs": _("Scripts for the same scene by %(systems)s systems were compared in pairs."),
    "m_scores_single": _("Scripts were scored one at a time."),
    "m_scores_pair": _("The scripts of each pair were also scored."),
    "m_each_pairing": _("The plan assigned at least %(raters)s to each pair%(scheme)s."),
    "m_crossed": _("; each rater judged one pair for every scene in a language they read"),
    "m_blind": _("Raters were blind to the origin of the scripts."),
    "m_drawn": _(
        "Order and sides were randomized before the first judgment, and the plan was frozen with the study"
        " (digest %(digest)s)."
    ),
    "m_frozen": _("The plan was frozen with the study (digest %(digest)s)."),
    "m_simulated": _("All raters were simulated; no human took part."),
    "m_model": _("All raters were language models; no human took part."),
    "m_sizes": _("The analysis is based on %(raters)s and %(items)s%(series)s%(languages)s."),
    "m_series": _(" from %(series)s"),
    "m_languages": _(", in %(languages)s"),
    "m_used": _("All %(rows)s of %(table)s were included."),
    "m_used_one": _("The single row of %(table)s was included."),
    "m_used_not": _("Of %(rows)s of %(table)s, %(used)s were included; excluded: %(left)s."),
    "m_used_not_one": _("Of %(rows)s of %(table)s, 1 was included; excluded: %(left)s."),
    "m_left_one": _("%(n)s (%(reason)s)"),
    # what was asked
    "m_primary": _("The primary criterion was “%(criterion)s”%(contrast)s."),
    "m_contrast": _(" and the primary contrast was “%(a)s” vs. “%(b)s”"),
    "m_contrasts": _(" and the primary contrasts were %(pairs)s"),
    "m_pair": _("“%(a)s” vs. “%(b)s”"),
    "m_criteria": _("Another %(n)s criteria were exploratory."),
    "m_criteria_one": _("One other criterion was exploratory."),
    "m_no_primary": _("No primary criterion was set, so all results are exploratory."),
    "m_margin": _("The margin was %(margin)s%(reason)s."),
    "m_claims": _(
        "A system was defined as non-inferior if the lower limit of the two-sided %(level)s%%"
        " interval of its win rate exceeds %(limit)s%%, and as equivalent if the %(inner)s%%"
        " interval is between %(limit)s and %(upper)s%%."
    ),
    "m_reason": _(" (%(reason)s)"),
    # estimates
    "m_win": _("A win rate is the mean of 1 for a win, ½ for a tie and 0 for a loss%(neither)s."),
    "m_win_scores": _(
        "A win rate compares the scores one rater gave to two scripts for the same scene: it is"
        " the mean of 1 if the first score is higher, ½ if they are equal and 0 if it is lower."
    ),
    "m_neither": _("; “neither is usable” counts as a tie"),
    "m_parity": _("Human level by parity is 200 times the win rate against human scripts (100 is parity)."),
    "m_ratio": _(
        "Human level by ratio of means is 100 times the mean score of a system divided by the"
        " mean score of human scripts, for the same raters and scenes."
    ),
    "m_interval": _(
        "Intervals are two-sided at %(level)s%% and use a variance that is cluster-robust by"
        " rater and %(cluster)s (Cameron, Gelbach & Miller, 2011), with t quantiles on"
        " min(raters, %(clusters)s) − 1 degrees of freedom%(scales)s."
    ),
    "m_logit": _("; those of proportions were computed on the logit scale"),
    "m_log": _(", those of ratios and rates on the log scale"),
    "m_fieller": _("Fieller's (1954) method was used if the denominator of a ratio was too uncertain."),
    "m_exact": _(
        "For contrasts without any variation, the interval is Clopper and Pearson's (1934), where n is"
        " the number of raters or of scenes, whichever is smaller; this is conservative."
    ),
    "m_wilson": _("Where each row had its own rater and scene, the interval is Wilson's (1927)."),
    "m_other": _("Intervals clustered by rater and %(other)s are also reported."),
    "m_pooled": _("Languages were analysed separately and pooled with equal weights%(df)s."),
    "m_satterthwaite": _(", with Satterthwaite (1946) degrees of freedom"),
    "m_apart": _("Languages were analysed separately and not pooled."),
    "m_boot": _(
        "Intervals from a pigeonhole bootstrap over raters and %(clusters)s (Owen & Eckles, 2012;"
        " %(replicates)s, seed %(seed)s) are reported for comparison."
    ),
    "m_range": _("Limits outside the possible range of a quantity were truncated."),
    "m_boot_some": _("Bootstrap intervals use %(replicates)s with exponential weights (seed %(seed)s)."),
    "m_holm": _(
        "Primary tests come first. The p values of the primary tests, and then those of the secondary"
        " contrasts, were adjusted by Holm's (1979) method; no adjusted p value of a secondary contrast is"
        " below the largest adjusted primary p value."
    ),
    "m_holm_first": _("The p values of the primary tests were adjusted by Holm's (1979) method."),
    "m_bh": _(
        "The p values of the exploratory tests were adjusted by Benjamini and Hochberg's (1995) method."
    ),
    "m_families": _(
        "The primary and secondary families have one test for each contrast: of its win rate or, in"
        " studies with scores only, of its difference in mean scores. If languages are pooled, the"
        " pooled value is tested. Win rates against several opponents were not tested. Checks of a primary"
        " result (drift, other row selections) are secondary, with a family for each check, row"
        " selection and language. All other tests are exploratory; those of one quantity (win rates and their"
        " differences, abilities, scores) form one family."
    ),
    "m_unadjusted": _(
        "All p values are two-sided and use the same t distribution as the intervals, except exact and F"
        " tests; the null is"
        " 50%% for win rates and zero for differences and slopes. Intervals are not adjusted for"
        " multiple testing%(levels)s."
    ),
    "m_levels": _(
        ", except those of primary contrasts in the answer: their level is that at which Holm's method"
        " rejected or stopped"
    ),
    "m_looks": _("The plan had %(of)s looks; this is look %(look)s, with O'Brien–Fleming (1979) limits."),
    # the rest
    "m_abilities": _(
        "Abilities are maximum-likelihood estimates in Davidson's (1970) model for paired"
        " comparisons with ties%(order)s."
    ),
    "m_order": _(", with a term for the left side (Davidson & Beaver, 1977)"),
    "m_ranks": _("Rank ranges hold jointly for all systems."),
    "m_agreement": _("Agreement is reported as %(measures)s%(intervals)s."),
    "m_orders": _(
        "Within one pair of systems, all judgments have the same order of systems; over several pairs,"
        " each judgment counts one half in each order."
    ),
    "m_agreement_boot": _("; bootstrap intervals are over scenes"),
    "m_alpha": _("Krippendorff's (2004) alpha"),
    "m_raw": _("raw agreement"),
    "m_ac1": _("Gwet's (2008) AC1"),
    "m_icc": _("intraclass correlation with F intervals (McGraw & Wong, 1996)"),
    "m_intra": _("repeated judgments by the same rater"),
    "m_accuracy": _(
        "Each rater's accuracy was estimated with Dawid and Skene's (1979) model; no rater was"
        " excluded because of it."
    ),
    "m_sensitivity": _("Sensitivity analyses recompute the results %(rules)s%(test)s."),
    "m_change": _(
        "; changes from the result are tested against zero, with a variance that accounts for shared rows"
    ),
    "m_excluded": _("Exclusions by hand were compared between systems by a chi-square test."),
    "m_score_model": _(
        "Scores were also fitted by least squares with terms for system, rater, scene, half of the work,"
        " the script of the scene read before, and log length, clustered by rater and scene (exploratory)."
    ),
    "m_components": _(
        "Variance components are estimated by the method of moments (Gao & Owen, 2017); the design effect"
        " compares the variance of the mean with that of independent answers."
    ),
    "m_series_test": _("Equal series were tested by an analysis of variance of the scenes' means."),
    "m_mean_scores": _(
        "A mean score is over all scores of a system, adjusted for rater and scene if not every"
        " rater scored the same scripts."
    ),
    "m_errors": _(
        "Marked errors are reported per reading of a script and, if lengths are known, per 1,000"
        " words or characters; ratios to human scripts use the same raters and scenes."
    ),
    "m_best": _(
        "The best-of-k share is the share of scenes on which a system was the best of k, with"
        " ties split and bootstrap percentile intervals over scenes."
    ),
    "m_side": _(
        "Preference for the left side is the share of decided judgments that chose it; intervals"
        " for single raters are exact binomial intervals."
    ),
    "m_slope": _(
        "Preference for length is the slope of the choice on the log ratio of lengths in the same model."
    ),
    "m_blinding": _(
        "Recognition is the share of “machine” guesses for machine scripts minus that for human scripts,"
        " excluding “unsure”, tested against 0."
    ),
    "m_strength": _(
        "Strength of preference is the mean of 1 to 3 for a win, 0 for a tie and −1 to −3 for a loss."
    ),
    "m_drift": _(
        "Drift is the result in the second half of each rater's work minus that in the first half%(by)s."
    ),
    "m_drift_by": _(", clustered by rater and scene"),
    "m_breakdown": _(
        "Win rates of single scenes have exact intervals over raters, which hold for these scenes only."
    ),
    "m_lengths": _("Mean lengths have t intervals over scripts; reading times are geometric means."),
    "m_lengths_only": _("Mean lengths have t intervals over scripts."),
    "m_software": _("The analysis was run with evalsite %(version)s%(others)s, seed %(seed)s."),
    "m_others": _(" (%(others)s)"),
    "m_data": _("SHA-256 of the data: %(digests)s."),
    "m_and": _(" and "),
}
# What a sentence cites, by its key, in the order of names.
REFERENCES: Final[dict[str, str]] = {
    "m_bh": (
        "Benjamini, Y., & Hochberg, Y. (1995). Controlling the false discovery rate: a practical and"
        " powerful approach to multiple testing. Journal of the Royal Statistical Society B, 57(1),"
        " 289–300."
    ),
    "m_interval": (
        "Cameron, A. C., Gelbach, J. B., & Miller, D. L. (2011). Robust inference with multiway"
        " clustering. Journal of Business & Economic Statistics, 29(2), 238–249."
    ),
    "m_exact": (
        "Clopper, C. J., & Pearson, E. S. (1934). The use of confidence or fiducial limits"
        " illustrated in the case of the binomial. Biometrika, 26(4), 404–413."
    ),
    "m_abilities": (
        "Davidson, R. R. (1970). On extending the Bradley-Terry model to accommodate ties in paired"
        " comparison experiments. Journal of the American Statistical Association, 65(329), 317–328."
    ),
    "m_order": (
        "Davidson, R. R., & Beaver, R. J. (1977). On extending the Bradley-Terry model to incorporate"
        " within-pair order effects. Biometrics, 33(4), 693–702."
    ),
    "m_accuracy": (
        "Dawid, A. P., & Skene, A. M. (1979). Maximum likelihood estimation of observer error-rates"
        " using the EM algorithm. Applied Statistics, 28(1), 20–28."
    ),
    "m_fieller": (
        "Fieller, E. C. (1954). Some problems in interval estimation. Journal of the Royal"
        " Statistical Society B, 16(2), 175–185."
    ),
    "m_components": (
        "Gao, K., & Owen, A. (2017). Efficient moment calculations for variance components in large"
        " unbalanced crossed random effects models. Electronic Journal of Statistics, 11(1), 1235–1296."
    ),
    "m_ac1": (
        "Gwet, K. L. (2008). Computing inter-rater reliability and its variance in the presence of"
        " high agreement. British Journal of Mathematical and Statistical Psychology, 61(1), 29–48."
    ),
    "m_holm": (
        "Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian"
        " Journal of Statistics, 6(2), 65–70."
    ),
    "m_alpha": (
        "Krippendorff, K. (2004). Content Analysis: An Introduction to Its Methodology (2nd ed.). Sage."
    ),
    "m_icc": (
        "McGraw, K. O., & Wong, S. P. (1996). Forming inferences about some intraclass correlation"
        " coefficients. Psychological Methods, 1(1), 30–46."
    ),
    "m_looks": (
        "O'Brien, P. C., & Fleming, T. R. (1979). A multiple testing procedure for clinical trials."
        " Biometrics, 35(3), 549–556."
    ),
    "m_boot": (
        "Owen, A. B., & Eckles, D. (2012). Bootstrapping data arrays of arbitrary order. The Annals"
        " of Applied Statistics, 6(3), 895–927."
    ),
    "m_satterthwaite": (
        "Satterthwaite, F. E. (1946). An approximate distribution of estimates of variance"
        " components. Biometrics Bulletin, 2(6), 110–114."
    ),
    "m_wilson": (
        "Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. Journal"
        " of the American Statistical Association, 22(158), 209–212."
    ),
}
PDF_TEXTS: Final[dict[str, Text]] = {
    "pdf_digest": _("Study digest"),
    "pdf_notes": _("Table notes"),
    "pdf_notes_of": pgettext_lazy("tables of a PDF", "Notes"),
    "pdf_every_row": _("In every row: %(values)s."),
    "pdf_column": _("%(column)s: %(value)s"),
    "pdf_pooled": _(
        "Only rows that pool the languages are printed. The rows of each language are in the"
        " table of the same name in report.html, where you can copy them as CSV."
    ),
    "pdf_rows": _("First %(shown)s of %(all)s rows."),
    "pdf_all_rows": _(
        "Only the first rows are printed. The table of the same name in report.html has more,"
        " which you can copy as CSV; report.json has all of them."
    ),
    "pdf_squares": _("Some characters appear as □ because no font has them: %(letters)s."),
    "pdf_too_large": _(
        "The report has %(n)s entries, too many for a PDF. report.html and report.json have all of them."
    ),
    # the short one
    "short_sentences_more": _("More sentences of the answer in the full report: %(n)s."),
    "short_rows_more": _("More rows of the ranking in the full report: %(n)s."),
    "short_cautions_more": _("More cautions in the full report: %(n)s."),
    "short_columns_more": _("More columns are in the full report."),
    "short_no_charts": _("The charts are too large for this page. See the full report."),
    "short_behind": _("Evidence"),
    "short_quality": _("Agreement and attention"),
    "short_alpha": _(
        "Krippendorff's alpha is 1 if raters always agree and 0 if they agree no more often than by chance."
    ),
    "short_attention": _(
        "Raters with signs of inattention: %(n)s of %(of)s (%(signs)s). The full report lists them."
    ),
    "short_attention_none": _("None of the %(of)s raters shows signs of inattention."),
    "short_cautions": _("What the cautions mean"),
    "short_methods": _("Study design"),
    "short_methods_more": _("The full report has the complete methods section and references."),
    "short_where": _("Where to find more"),
    "short_full": _("Full report"),
    "short_full_where": _(
        "report.html has all tables and charts; so have report-full.md and report-full.pdf. On the site:"
        " the report page, under Download. On the command line: report --full-markdown --full-pdf."
    ),
    "short_numbers": _("All numbers"),
    "short_numbers_where": _("report.json (for programs)"),
    "short_data": _("Data"),
    "short_data_where": _(
        "%(tables)s. The bundle on the report page contains them, with codebook.csv, which"
        " explains every column."
    ),
    "short_computed": _("Computed with"),
    "short_made": _("evalsite %(version)s, seed %(seed)s"),
}
