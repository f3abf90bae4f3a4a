"""Which runs may mix adapters in one batch of a server: where its latest check showed that it can."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from evalsite.core.errors import InputError, InputErrors
from evalsite.core.models import record
from generation.models import BackendCheck, Run
from generation.pipelines import SystemSpec
from generation.reason_codes import Reason
from generation.runs.checking import Checked
from generation.runs.stages import address_in, asked_name


@transaction.atomic
def keep_check(address: str, found: Checked) -> BackendCheck:
    """Store what a check found; the latest of an address counts.

    If adapters may not be mixed there, active runs that do so pause, and say why: what they had sent comes
    back to them, and nothing more is sent.
    """
    check = BackendCheck.objects.create(
        address=address,
        names=found.names,
        mixes=found.mixes,
        passed=found.passed,
        result=found.as_dict(),
    )
    if not found.mixes:
        mixing = Run.objects.filter(state=Run.State.ACTIVE, mix_adapters=True).order_by("pk")
        for run in mixing.select_for_update(no_key=True):
            if address in _asked_in(run.frozen_settings):
                run.state, run.pause_reason = Run.State.PAUSED, Reason("not-mixed", address=address)
                run.save(update_fields=["state", "pause_reason"])
                record(who="console", verb="run paused", about=run.code, reason=run.pause_reason)
    return check


def _asked_in(settings: Mapping[str, Any]) -> dict[str, set[str]]:
    """The models and adapters that a run with these settings asks for, by address."""
    asked: dict[str, set[str]] = {}
    for record_of in settings["systems"].values():
        spec = SystemSpec.from_record(record_of)
        for stage in spec.stages:
            address = address_in(settings, spec.slug, stage.name)
            if not address.startswith("fake:"):
                asked.setdefault(address, set()).add(asked_name(stage))
    return asked


def require_mixing(settings: Mapping[str, Any]) -> None:
    """Refuse to mix adapters at an address whose latest check did not show that it can, for these models.

    `settings` are those that a run freezes.
    """
    faults = []
    for address, names in _asked_in(settings).items():
        check = BackendCheck.objects.filter(address=address).first()
        fix = f"run check_backend with --base-url {address}, or leave --mix-adapters out."
        if check is None:
            faults.append(InputError(address, 1, 1, "adapters were never tried in mixed batches here.", fix))
        elif not check.mixes:
            message = "adapters in mixed batches gave other texts here than alone."
            faults.append(InputError(address, 1, 1, message, "leave --mix-adapters out."))
        elif strangers := sorted(names - set(check.names)):
            message = f"the check of this address did not try {', '.join(strangers)}."
            faults.append(InputError(address, 1, 1, message, fix))
    if faults:
        raise InputErrors(faults)
