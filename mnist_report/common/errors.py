"""Errors that a user can mend."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager


def one_line(error: object) -> str:
    """Put a message into one line, whatever line breaks and spaces it has, for a terminal."""
    return printable(" ".join(str(error).split()))


def printable(text: str) -> str:
    """Leave out what a terminal would obey: names and texts of others may hold anything."""
    return "".join(filter(str.isprintable, text))


class ReportError(Exception):
    """An error that a user can mend: what is wrong and what to do next, in one line.

    The command line prints the message and exits with 1; Jupyter shows it without a traceback.
    """

    def _render_traceback_(self) -> list[str]:
        # IPython asks an exception for this method before it formats a traceback of its own.
        return [f"{type(self).__name__}: {self}"]


class WriteError(ReportError):
    """A file cannot be written: the disk is full, or the folder does not admit it."""


class DataError(ReportError):
    """The data files cannot be had, or are not MNIST's."""


class RecipeError(ReportError):
    """A recipe is unknown, or one of its fields has a wrong value."""


class TrainingError(ReportError):
    """Training cannot go on."""


class ResultsError(ReportError):
    """Stored results are missing, damaged, or of another recipe or data set."""


class MissingRunError(ResultsError):
    """The run that is asked for has not been made yet."""


class StoppedError(KeyboardInterrupt):
    """Training was interrupted by the user; says how to go on, without a traceback, too."""

    _render_traceback_ = ReportError._render_traceback_


class StudyError(ReportError):
    """A study is unknown, is asked for in a wrong way, or its workers are out of reach."""


class MissingStudyError(ResultsError):
    """The study that is asked for has not been recorded yet."""


class TranslationError(ReportError):
    """A translated notebook cannot be made: its catalogue is missing, incomplete or wrong."""


@contextmanager
def raised_as(
    told: Callable[[Exception], BaseException], *caught: type[BaseException]
) -> Iterator[None]:
    """Raise what `told` makes of an error, one of those `caught`, in place of it."""
    try:
        yield
    except caught as error:
        raise told(error) from error
