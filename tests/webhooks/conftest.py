from collections.abc import Iterator

import pytest

from tests.webhooks.receiver import Receiver
from tests.webhooks.receiver import receiver as running_receiver


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with running_receiver() as box:
        yield box
