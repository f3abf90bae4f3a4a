"""Statistics: adjusted p values of Benjamini & Hochberg (1995), section 4, and R's p.adjust."""

import pytest

from analysis.stats.multiple_testing import benjamini_hochberg, holm
from tests.analysis.stats.studies import reference

EXPECTED = reference("multiplicity_bh1995")


@pytest.mark.parametrize(("function", "name"), [(holm, "holm"), (benjamini_hochberg, "BH")])
def test_it_is_p_adjust(function, name):
    p = EXPECTED["verified"]["p"]
    assert function(p) == pytest.approx(EXPECTED["verified"][name], rel=1e-9)
    assert function(p[::-1]) == pytest.approx(EXPECTED["verified"][name][::-1], rel=1e-9)


def test_it_rejects_what_the_paper_rejects():
    p = EXPECTED["verified"]["p"]
    assert sum(value <= 0.05 for value in holm(p)) == EXPECTED["published"]["rejected_at_0.05"]["holm"]
    assert (
        sum(value <= 0.05 for value in benjamini_hochberg(p))
        == EXPECTED["published"]["rejected_at_0.05"]["bh"]
    )
