# ruff: noqa: F401, I001 (what is imported here, line by line, is what the rooms above import)
from . import devices, errors, kept, processes, provenance, settings, storage, words
from .devices import one_thread
from .errors import DataError, MissingRunError, MissingStudyError, RecipeError, ReportError
from .errors import ResultsError, StoppedError, StudyError, TrainingError, TranslationError
from .errors import WriteError, one_line, printable, raised_as
from .processes import bar, end_with
from .provenance import Provenance
from .storage import Number, Stored, checked_settings, checksum, file_lock, read_bytes
from .storage import remove_leftovers, replacing
