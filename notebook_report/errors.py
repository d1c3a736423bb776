"""The error that stops an export, and notes, which do not."""


class Note(str):
    """A warning about something that is as it must be; strict mode does not stop at it."""

    __slots__ = ()


class ExportError(Exception):
    """An export that cannot go on. The message is one line: where, what is wrong, what to do."""

    def _render_traceback_(self) -> list[str]:
        return [f"ExportError: {self}"]


def one_line(error: object) -> str:
    """Return a message without line breaks, nor what a terminal would obey."""
    return "".join(filter(str.isprintable, " ".join(str(error).split())))
