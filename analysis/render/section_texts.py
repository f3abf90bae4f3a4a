"""The texts of the sections of a report: their titles, their sentences, and their short tables."""

from typing import Final

from analysis.translation import Text, pgettext_lazy
from analysis.translation import gettext_lazy as _

SECTION_TEXTS: Final[dict[str, Text]] = {
    "part_results": _("What raters preferred"),
    "part_trust": _("How far to trust the results"),
    "part_method": _("Study design"),
    "all_numbers": _("All results and methods"),
    "passages_link": _("View marked passages"),
    # titles
    "how_often": _("How often is each system preferred?"),
    "how_close": _("How close are the systems to human level?"),
    "what_scores": _("How do scripts score?"),
    "which_criteria": _("Do results differ by criterion?"),
    "which_parts": _("Do results differ by language or series?"),
    "which_raters": _("Do groups of raters judge differently?"),
    "which_errors": _("Where are the errors?"),
    "do_raters_agree": _("Do raters agree?"),
    "are_raters_biased": _("Do side, length or order matter?"),
    "did_raters_attend": _("Did raters pay attention?"),
    "was_it_blind": _("Did the blinding work?"),
    "who_and_what": _("Who judged what?"),
    # sentences
    "say_none": _("Not computed: %(reason)s."),
    "say_in_language": _("%(language)s scripts: %(said)s"),
    "say_percent": _("%(value)s%% (%(level)s%% interval %(low)s to %(high)s%%)"),
    "say_percent_bare": _("%(value)s%% (no interval)"),
    "say_value": _("%(value)s (%(level)s%% interval %(low)s to %(high)s)"),
    "say_value_bare": _("%(value)s (no interval)"),
    "say_of_system": _("%(system)s %(value)s"),
    "say_in": _("%(place)s %(value)s"),
    "say_no_winner": _("None of the %(n)s pairs of systems has a clear winner."),
    "say_no_winner_one": _("Neither of the two systems is a clear winner."),
    "say_untested": _("Not enough data to test any pair of systems."),
    "say_look": _(
        "This is look %(look)s of %(of)s. Only the planned comparison is tested now, with the"
        " limits of this look."
    ),
    "say_winners_scores": _(
        "By win rates derived from the scores (exploratory), %(n)s of %(all)s pairs of systems differ"
        " clearly. The primary tests decide."
    ),
    "say_winners_many": _("Pairs of systems with a clear winner: %(n)s of %(all)s."),
    "say_preferred": _("%(a)s over %(b)s"),
    "say_winners": _("Clearly preferred: %(winners)s.%(rest)s"),
    "say_rest_open": _(" Pairs without a clear winner: %(n)s."),
    "say_level_parity": _(
        "Percentage of human level by parity: %(values)s. At 100%%, raters prefer the system as"
        " often as human scripts."
    ),
    "say_level_ratio_of_means": _("Mean score as a percentage of the mean human score: %(values)s."),
    "say_score": _("Mean score: %(value)s."),
    "say_higher": _("%(a)s above %(b)s by %(value)s"),
    "say_scores_open": _("No clear differences in mean scores."),
    "say_scores_clear": _("Clear differences: %(names)s."),
    "say_scores_many": _("Clear differences: %(n)s of %(all)s."),
    "say_scores": _("Highest mean score: %(best)s. Lowest: %(last)s."),
    "say_criteria": _(
        "%(a)s won more than half of its comparisons with %(b)s on %(ahead)s of %(all)s criteria."
    ),
    "say_clear_on": _("The difference is clear on: %(names)s."),
    "say_clear_on_none": _("None of these differences is clear."),
    "say_languages": _("Win rate of %(a)s against %(b)s: %(values)s."),
    "say_series": _(
        "By series, the win rate of %(a)s against %(b)s ranges from %(low)s to %(high)s%% (%(n)s series)."
    ),
    "say_parts_untested": _("Differences between languages were not tested."),
    "say_marks_none": _("Raters marked no errors."),
    "say_marks": _("Marked errors: %(n)s. The most frequent kind is %(kind)s (%(of_kind)s)."),
    "say_errors": _(
        "Per reading of a script, %(most)s has the most (%(high)s on average) and %(few)s the fewest"
        " (%(low)s)."
    ),
    "say_agreement": _("Averaged over pairs, two raters agree in %(raw)s of cases; alpha %(alpha)s."),
    "say_agreement_within": _("Without the differences between systems, alpha is %(alpha)s."),
    "say_agreement_means": _(
        "Krippendorff's alpha corrects for agreement by chance: 0 is chance, 1 is full agreement."
    ),
    "say_left": _("The left script won %(value)s of decided pairs: %(clear)s."),
    "say_clear": _("a clear side bias"),
    "say_too_few": _("not enough data to test this"),
    "say_not_clear": _("no clear side bias"),
    "say_longer": _("Longer scripts are clearly preferred."),
    "say_shorter": _("Shorter scripts are clearly preferred."),
    "say_length_none": _("Length has no clear effect."),
    "say_drift": _(
        "In %(n)s of %(all)s comparisons, the result changed clearly between the first and second half of the"
        " raters' work."
    ),
    "say_drift_none": _(
        "No comparison changed clearly between the first and second half of the raters' work (tested:"
        " %(all)s)."
    ),
    "say_terms": _("Scores clearly go with: %(terms)s."),
    "say_term": _("%(term)s (%(points)s points)"),
    "say_terms_none": _("Order and length have no clear effect on the scores."),
    "say_single": _(
        "Scripts were shown one at a time. Checks of sides, of damaged scripts and of repeated pairs don't"
        " apply."
    ),
    "say_series_test": _("%(a)s vs. %(b)s%(where)s: %(clear)s (%(test)s)."),
    "say_series_clear": _("the result differs clearly between series"),
    "say_series_open": _("no clear difference between series"),
    "say_attention": _(
        "Raters with signs of inattention: %(n)s of %(all)s. A sign is a reason to look closer, not proof."
    ),
    "say_attention_none": _("No signs of inattention among %(all)s."),
    "say_guesses": _("Raters guessed “machine” for %(share)s%% of the scripts."),
    "say_recognition": _(
        "Share for machine scripts minus share for human scripts, in percentage points: %(value)s."
    ),
    "say_recognized": _("Raters clearly recognized machine scripts."),
    "say_recognized_none": _("Raters did not clearly recognize machine scripts."),
    "say_mistaken": _("Raters clearly took people for machines more often than they recognized machines."),
    "say_sizes": _(
        "%(sizes)s and %(systems)s systems. The analysis includes %(used)s of the %(rows)s rows"
        " of all tables."
    ),
    "say_sizes_people": _(
        "%(sizes)s and %(systems)s systems, including humans. The analysis includes %(used)s of"
        " the %(rows)s rows of all tables."
    ),
    "say_clear_means": _(
        "“Clear” means that the adjusted p value is at most %(alpha)s. An effect that is not clear may"
        " still exist."
    ),
    "brief_no_interval": _("No interval: %(reasons)s."),
    # short tables
    "brief_left": _("More rows in the full table below: %(n)s."),
    "comparison": _("Comparison"),
    "by_parity": _("By preference (parity)"),
    "by_ratio_of_means": _("By mean score (ratio of means)"),
    "part_of_study": pgettext_lazy("column", "Language or series"),
    "with_interval": _("%(label)s (%(interval)s)"),
    "cap_brief_pairs": _("Pairs of systems"),
    "cap_brief_human": _("Percentage of human level"),
    "cap_brief_scores": _("Mean scores"),
    "cap_brief_criteria": _("Comparison by criterion"),
    "cap_brief_parts": _("Comparison by language and series"),
    "cap_brief_groups": _("Results of the first comparison by type of rater"),
    "cap_brief_errors": _("Marked errors by kind"),
    "all_kinds": _("All kinds"),
    "cap_brief_agreement": _("Measures of agreement"),
    "cap_brief_biases": _("Side and length"),
    "cap_brief_attention": _("Raters with signs of inattention"),
    "cap_brief_blinding": _("Guesses of origin"),
}
