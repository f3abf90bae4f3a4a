"""The steps of a rater's way that are pictured, in order: name of the file, heading, what is seen."""

from typing import NamedTuple


class Step(NamedTuple):
    name: str
    heading: str
    text: str


IN_DOCS = {
    "link": ("en", "390"),
    "consent": ("en", "1440"),
    "instructions": ("zh", "1440"),
    "practice": ("en", "1440"),
    "practice-missed": ("en", "1440"),
    "judge": ("en", "1440"),
    "judge-read": ("zh", "390"),
    "judge-choice": ("en", "1440"),
    "judge-mark": ("en", "1440"),
    "judge-questions": ("en", "1440"),
    "pause": ("en", "390"),
    "done": ("zh", "390"),
    "single": ("en", "1440"),
}
"""The pictures in docs/desk.md: step, and its language and width."""

STEPS = tuple(
    Step(*row)
    for row in (
        (
            "link",
            "The personal link",
            "Opening the link does not use it up; a button continues. The page shows pay and time.",
        ),
        (
            "consent",
            "Consent",
            "Task, time, pay, withdrawal and contact; the study's text; details are collapsed.",
        ),
        (
            "profile",
            "Profile",
            "Broad ranges, so that no answer identifies the rater; series known and series worked on.",
        ),
        (
            "instructions",
            "Instructions",
            "One screen of text; tiers, errors, an example and help with the page are collapsed.",
        ),
        (
            "practice",
            "Practice",
            "The same page as for all pairs, with a banner: one of the two scripts was damaged.",
        ),
        ("practice-missed", "Practice: missed", "Which script was damaged, how, and where."),
        (
            "practice-again",
            "Practice: another round",
            "The rater found too few in this round and gets one more.",
        ),
        ("practice-passed", "Practice: done", "From now on judgments count."),
        (
            "judge",
            "A pair",
            "The brief is above, profiles open at a series' first scene.",
        ),
        ("judge-read", "Reading", "Side by side with their own scroll; on a phone one column with a switch."),
        ("judge-other", "The other script", "On a phone behind the switch, which stays in view."),
        (
            "judge-choice",
            "The overall choice",
            "First and alone; strength once a script is chosen. On a phone one low row opens it.",
        ),
        (
            "judge-mark",
            "Pointing at an error",
            "Select a passage or a line, say which kind, add a note.",
        ),
        (
            "judge-brief",
            "The brief within reach",
            "It covers one script, on the side that the reader says; both keep their place.",
        ),
        ("judge-notes", "Notes for oneself", "Stored with the pair; no one else sees them."),
        (
            "judge-keys",
            "Keys",
            "Everything works from the keyboard, the other questions too; keys can be turned off.",
        ),
        (
            "judge-missing",
            "Sent with gaps",
            "Missing answers are named and linked; answers already given are saved.",
        ),
        ("judge-marks", "The errors so far", "Below each script: the passage, which kind, the note."),
        (
            "judge-questions",
            "The other questions",
            "The other criteria, scores in tiers, a reason; what is saved and the way back stay at the foot.",
        ),
        ("judge-skip", "Skipping", "With a reason. It is not paid and does not come back."),
        ("break", "A proposed break", "After as many pairs as the study suggests. Nothing waits for it."),
        ("pause", "A break of one's own", "At any time: how far, how long still, what has been earned."),
        ("guess", "Guesses of origin", "Once, when everything is judged."),
        ("debriefing", "Debriefing", "What the study was about."),
        ("done", "Thanks", "The completion code, what has been earned."),
        ("statement", "Statement for the invoice", "As a page and as PDF."),
        ("withdraw", "Withdrawing", "At any time, without a reason, in two ways."),
        (
            "withdraw-sure",
            "Withdrawing, asked once more",
            "After you withdraw, what stays, what the link still gives.",
        ),
        ("withdrawn", "Withdrawn", "The link still gives the statement, the debriefing and the erasure."),
        (
            "single",
            "One script at a time",
            "A study of the kind `single`: one script, one score.",
        ),
    )
)
