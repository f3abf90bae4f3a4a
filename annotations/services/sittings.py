"""Sittings: unbroken stretches of work, parted by half an hour of silence."""

from datetime import datetime, timedelta

from annotations.models import Rater, Sitting

GAP = timedelta(minutes=30)


def continue_sitting(rater: Rater, now: datetime) -> Sitting:
    """The rater's running sitting, seen just now, or the next one. The caller holds the rater's row."""
    last = rater.sittings.order_by("-number").first()
    if last is None or now - last.last_seen_at > GAP:
        number = last.number + 1 if last else 1
        return Sitting.objects.create(rater=rater, number=number, started_at=now, last_seen_at=now)
    last.last_seen_at = max(now, last.last_seen_at)
    last.save(update_fields=["last_seen_at"])
    return last
