"""The command `predict`: what stands on photos, as text, as JSON, and as a picture."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from mnist_report import figures
from mnist_report.common import settings
from mnist_report.common.errors import ReportError, WriteError
from mnist_report.common.storage import replacing
from mnist_report.handwriting import image_files
from mnist_report.handwriting.recognition import Recogniser, Recognition, as_plain

DIGITS = (settings.MNIST, "qmnist", "emnist-digits")  # the data sets of handwritten digits


class Photo:
    """A file with what was read from it, or why it could not be read."""

    def __init__(self, file: Path, reader: Recogniser) -> None:
        self.file = file
        self.error: ReportError | None = None
        try:
            self.grey = image_files.read(file)
            self.reading: Recognition = reader.read(self.grey)
        except ReportError as error:
            self.error = error

    def __str__(self) -> str:
        """The digits line by line, and what stands behind each doubt."""
        if not self.reading.digits:
            return f"{self.file}: no digit found"
        lines = self.reading.text.split("\n")
        said = [f"{self.file}: {lines[0]}"] if len(lines) == 1 else [f"{self.file}:"]
        said += [f"  {line}" for line in lines if len(lines) > 1]
        for digit in self.reading.digits:
            if not digit.sure:
                two = np.argsort(-digit.probabilities, kind="stable")[:2]
                words = [f"{n} ({digit.probabilities[n]:.1%})" for n in two]
                said.append(f"  ? not sure: {' or '.join(words)}")
        return "\n".join(said)

    def plain(self) -> dict[str, object]:
        """The same and more; corners are pixels of a picture with `size`, height and width."""
        if self.error:
            return {"file": str(self.file), "error": str(self.error)}
        read = {"size": self.grey.shape, "text": self.reading.text}
        return {"file": str(self.file), **read, "lines": as_plain(self.reading)}

    def draw(self, out: Path, language: str | None = None) -> None:
        """Write the annotated picture.

        Raises:
            ReportError: the file cannot be written, or its ending means no kind of picture.
        """
        figure = figures.photo_read(self.grey, self.reading, language)
        try:
            with replacing(out) as temporary:
                figure.savefig(temporary, dpi=200, format=out.suffix[1:] or "png")
        except WriteError as error:
            raise ReportError(f"Cannot draw {out}. {error}") from error
        except ValueError as error:
            raise ReportError(f"Cannot draw {out}: {out.suffix} is no kind of picture.") from error
        finally:
            plt.close(figure)


def predict(files: Sequence[Path], recipe: str, seed: int = 0) -> Iterator[Photo]:
    """Read the photos with the network of a run, one after the other.

    Raises:
        ReportError: the run has not been made, not been evaluated, or is of no digits.
    """
    if settings.dataset() not in DIGITS:
        raise ReportError("Photos are read as digits: unset MNIST_REPORT_DATASET, and run again.")
    reader = Recogniser.load(recipe, seed)
    return (Photo(file, reader) for file in files)


def as_json(photos: Sequence[Photo], recipe: str, seed: int) -> str:
    """All of it as JSON."""
    answer = {"recipe": recipe, "seed": seed, "photos": [photo.plain() for photo in photos]}
    return json.dumps(answer, ensure_ascii=False, indent=1)


def numbered(path: Path, number: int, of: int) -> Path:
    """The file of the number-th of several pictures: out.png, or out-1.png, out-2.png, …"""
    return path if of == 1 else path.with_stem(f"{path.stem}-{number}")
