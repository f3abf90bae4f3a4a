"""What changes a study that runs: keyword-only, atomic, by the database's clock.

Order of locks, everywhere: study (shared), rater, seat, assignment. So two requests wait for each other and
never lock each other out.
"""

from annotations.services.errors import (
    AlreadyEnded,
    InvalidSubmission,
    NoFreeSeat,
    NotOpen,
    WrongState,
)
from annotations.services.leases import SavedAnswer, next_assignment, save_answer, skip, sweep
from annotations.services.people import give_consent, mark_instructed, save_profile
from annotations.services.progress import Progress, progress
from annotations.services.seats import Enrolment, enrol, free_seat, reissue_link, withdraw
from annotations.services.studies import amend, transition
from annotations.services.submitting import (
    Submission,
    SubmissionMark,
    SubmitResult,
    keep_unsent,
    submit,
)

__all__ = [
    "AlreadyEnded",
    "Enrolment",
    "InvalidSubmission",
    "NoFreeSeat",
    "NotOpen",
    "Progress",
    "SavedAnswer",
    "Submission",
    "SubmissionMark",
    "SubmitResult",
    "WrongState",
    "amend",
    "enrol",
    "free_seat",
    "give_consent",
    "keep_unsent",
    "mark_instructed",
    "next_assignment",
    "progress",
    "reissue_link",
    "save_answer",
    "save_profile",
    "skip",
    "submit",
    "sweep",
    "transition",
    "withdraw",
]
