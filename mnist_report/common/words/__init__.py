"""The words in figures and tables: `words(language)["digit"]` is the word to draw.

Each language has a gettext catalogue beside this file, whose message ids are short English keys.
Text with a gap is filled with `str.format`. Every word is there in every language (tested).
"""

import functools
from collections.abc import Mapping
from importlib import resources
from types import MappingProxyType

from mnist_report.common import settings
from mnist_report.common.errors import ReportError
from mnist_report.common.settings import LANGUAGES

CLASSES = "classes"  # the context of words for data sets whose classes are no digits


def words(language: str | None = None, context: str | None = None) -> Mapping[str, str]:
    """Return all words in one language, by default `settings.language()`, by their keys.

    Words of a `context` take the place of the general ones. ReportError for another language.
    """
    return _read(language or settings.language(), context)


@functools.cache
def _read(language: str, context: str | None) -> Mapping[str, str]:
    from babel.messages.pofile import read_po

    if language not in LANGUAGES:
        raise ReportError(f"No words in {language!r}; choose one of {', '.join(LANGUAGES)}.")
    with resources.files(__name__).joinpath(f"{language}.po").open("rb") as file:
        messages = [message for message in read_po(file) if message.id]
    general = {message.id: message.string for message in messages if message.context is None}
    own = {message.id: message.string for message in messages if message.context == context}
    return MappingProxyType(general | own)
