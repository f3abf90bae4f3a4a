"""What programs send: unknown names and impossible values are refused with the possible ones, not ignored."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import QuerySet
from django.forms import NullBooleanField
from django.utils.translation import gettext as _
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.settings import api_settings

PAGE_NAMES = ("cursor", "page_size")


class InputSerializer(serializers.Serializer[Any]):
    """The base of serializers for bodies of requests. Refuses fields that it does not have."""

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        for field in fields.values():
            choice = getattr(field, "child", field)
            if isinstance(choice, serializers.ChoiceField):
                choice.error_messages["invalid_choice"] = _choices_text(choice.choices)
        return fields

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            refuse_unknown_fields(data, self.fields)
        return super().to_internal_value(data)


class Filters(DjangoFilterBackend):
    """The filter backend. Refuses values that would be ignored, such as `?open=1`."""

    def get_filterset(self, request: Request, queryset: QuerySet[Any], view: Any) -> Any:
        found = super().get_filterset(request, queryset, view)
        for name, field in found.form.fields.items() if found is not None else ():
            is_boolean = isinstance(field, NullBooleanField)
            pairs = [("true", ""), ("false", "")] if is_boolean else getattr(field, "choices", ())
            possible = [str(value) for value, _label in pairs]
            value = request.query_params.get(name, "")
            if value and possible and value.lower() not in possible:
                raise serializers.ValidationError({name: [_choices_text(possible)]})
        return found


def refuse_unknown_filters(request: Request, view: Any) -> None:
    """400 where the address of a list has a parameter that is no filter of it."""
    filters = getattr(view, "filterset_class", None)
    names = filters.base_filters if filters is not None else getattr(view, "filterset_fields", ())
    known = sorted([*names, *PAGE_NAMES])
    asked = [name for name in request.query_params if name != api_settings.URL_FORMAT_OVERRIDE]
    _refuse_others(asked, known, _("There is no such filter. Filters: %(names)s."))


def refuse_unknown_fields(given: Iterable[str], known: Iterable[str]) -> None:
    _refuse_others(given, known, _("There is no such field. Fields: %(names)s."))


def _refuse_others(given: Iterable[str], known: Iterable[str], text: str) -> None:
    names = list(known)
    text %= {"names": ", ".join(names)}
    if unknown := [name for name in given if name not in names]:
        # JSON can have names with halves of characters, which no answer can repeat.
        shown = (str(name).encode(errors="replace").decode() for name in unknown)
        raise serializers.ValidationError({name: [text] for name in shown})


def _choices_text(possible: Iterable[object]) -> str:
    values = ", ".join(str(value) for value in possible if value != "")
    return _("Not a valid choice. Choose one of: %(values)s.") % {"values": values}
