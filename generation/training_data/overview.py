"""What the overview of generation says of training data."""

from typing import Any

from generation.models import Run
from generation.training_data.corpus import pages as corpus_pages
from generation.training_data.datasets import pages as dataset_pages

CARDS = "training_data/_overview_cards.html"


def card_values() -> dict[str, Any]:
    return {
        "corpus": corpus_pages.totals(),
        "synthesis_runs": Run.objects.filter(kind=Run.Kind.SYNTHESIZE).count(),
        "made": dataset_pages.overview_counts(),
    }
