"""What of a dataset may not be shown: the examples of a run's hidden jobs (`generation.training_data.synthesis.sealed`).

refuse_sealed(dataset)      # raises `InputErrors` where there is one
"""

from evalsite.core.errors import InputError, InputErrors
from generation.training_data.models import Dataset
from generation.training_data.synthesis.sealed import hidden_jobs


def hidden_examples(dataset: Dataset) -> int:
    """How many of a dataset's examples may not be shown: what they retell of earlier scenes counts too."""
    hidden = hidden_jobs(dataset.run)
    return dataset.examples.filter(candidate__job__in=hidden).count() if hidden else 0


def refuse_sealed(dataset: Dataset) -> None:
    """Raise `InputErrors` where an export would show people a script that a study has sealed."""
    if count := hidden_examples(dataset):
        message = f"{count} examples show scripts of a study that runs blind, or stand beside one."
        fix = (
            "unblind the study first; or, to train on this machine, an admin gives --with-sealed on the "
            "console, which the audit trail keeps."
        )
        raise InputErrors([InputError(str(dataset), 1, 1, message, fix)])
