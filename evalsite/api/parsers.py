"""Bodies of requests: JSON, and files as `application/yaml`."""

from collections.abc import Mapping
from typing import IO, Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser, JSONParser

YAML = "application/yaml"


class Json(JSONParser):
    """JSON. Too deep a nesting is an error of the request, not of the server."""

    def parse(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().parse(*args, **kwargs)
        except RecursionError:
            raise ParseError(_("The JSON is nested too deeply.")) from None


class YamlText(BaseParser):
    """The text of a YAML file as `{"file": text}`. The loader of the file reads it, with its own errors."""

    media_type = YAML

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, str]:
        try:
            return {"file": stream.read().decode("utf-8-sig")}
        except UnicodeDecodeError as error:
            raise ParseError(_("The file is not UTF-8 text (byte %(at)s).") % {"at": error.start}) from None
