"""Studies, what they show, who judges, and what was judged.

Nothing here tells which system wrote an entry: that join is sealed (`annotations/blinding/seal.py`) until two
people unblind the study, when `RevealedEntry` is written.
"""

from annotations.models.assignments import Answer, AnswerChange, Assignment
from annotations.models.drafts import (
    AcceptedWarning,
    DraftScan,
    FreezeJob,
    LeakFinding,
    Rejection,
    UnfinishedForm,
)
from annotations.models.exclusions import ExclusionEvent
from annotations.models.judgments import AnswerRevision, Choice, Guess, Judgment, Mark, Score
from annotations.models.mailing import (
    LinkRequest,
    Mail,
    Mailing,
    MailSettings,
    RaterContact,
    RaterLink,
)
from annotations.models.pairings import Entry, Pairing
from annotations.models.raters import Consent, ExternalId, Rater, RaterStatement, Sitting
from annotations.models.seats import Seat, SeatEvent, Slot
from annotations.models.studies import Amendment, Criterion, Study, StudyBrief, localized
from annotations.models.unblinding import RevealedEntry, UnblinderChange, UnblindingRequest
