"""Fields of models that hold values of our own."""

from typing import Any

from django.db import models

from evalsite.core import reason_codes


class ReasonField(models.JSONField):
    """A `Reason`, stored as `{code, params}`. In Python it is its English text; empty where there is none.

    Filter by code: `Job.objects.filter(error__code="answers-refused")`; by none: `filter(error={})`.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"default": dict, "blank": True, **kwargs})

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        found = super().from_db_value(value, expression, connection)
        return (
            reason_codes.load(found) if isinstance(found, dict) and (not found or "code" in found) else found
        )

    def to_python(self, value: Any) -> Any:
        return reason_codes.load(value) if isinstance(value, dict) else super().to_python(value)

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        if isinstance(value, str):
            value = reason_codes.reason_of(value).as_record() if value else {}
        return super().get_db_prep_save(value, connection)
