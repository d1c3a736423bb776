"""What stops an export."""

from __future__ import annotations

from nbconvert.utils.exceptions import ConversionException


class ExportError(ConversionException):
    """An export that cannot go on. The message is one line: where, what is wrong, what to do."""

    def _render_traceback_(self) -> list[str]:
        return [f"ExportError: {self}"]
