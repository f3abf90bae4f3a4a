"""Bodies that are a file: `application/yaml` as text, beside JSON."""

from collections.abc import Mapping
from typing import IO, Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

YAML = "application/yaml"


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
