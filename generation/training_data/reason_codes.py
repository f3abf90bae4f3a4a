"""Reasons of training data: English texts by code, as `generation.reason_codes` has them."""

TEXTS: dict[str, str] = {
    # Why a job ended
    "no-profile": "a speaker has no profile: {names}",
    # What stands inside reasons for refused answers
    "part-lacking": "no part {shown} in the answer",
    "no-beats": "no list of beats",
    "beats-long": "longer than any scene needs",
    "beats-many": "too many beats",
    "beat-no-object": "beat {number} is no object",
    "beat-lacks": "beat {number} has no {field}",
    "beat-type": "{field} of beat {number} is of the wrong type",
    "beat-extra": "beat {number} has a field {field}",
    # Why a dataset was not built
    "jobs-unfinished": "{count} jobs of the run are not finished.",
    "reviews-open": "people have not decided all: {open} open, {disputed} in dispute.",
    "nothing-passes": "nothing passes the filter.",
    "changed-meanwhile": (
        "reviews or the filter have changed while the dataset was built; nothing was stored."
    ),
    "build-broke-off": "it broke off each time; the worker's log says why.",
    "build-not-taken-up": "no worker has brought it to an end in two days; ask for it again.",
}
