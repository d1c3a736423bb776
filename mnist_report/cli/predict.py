"""Digits on photos, for the command `predict`: as text, as JSON, and as a picture."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from mnist_report import figures
from mnist_report.common import ReportError, WriteError, one_line, printable, replacing, settings
from mnist_report.datasets.dataset import NAMED
from mnist_report.handwriting import image_files
from mnist_report.handwriting.recognition import Recogniser
from notebook_report import limits

DIGITS = tuple(name for name, one in NAMED.items() if one.classes.digits)


class Photo:
    """A file with the digits that were recognised on it, or the reason why none could be."""

    def __init__(self, file: Path, recogniser: Recogniser) -> None:
        self.file = file
        self.error: ReportError | None = None
        try:
            with limits.bounded():
                self.grey = image_files.read(file)
                self.recognition = recogniser.recognise(self.grey)
        except ReportError as error:
            self.error = error
        except OSError:
            self.error = ReportError(f"{file} cannot be read: {limits.exceeded()}.")

    def __str__(self) -> str:
        """The digits line by line, likeliest answers behind each doubt, and what is left out."""
        lines = (self.recognition.text or "no digit found").split("\n")
        name = printable(str(self.file))
        said = [f"{name}: {lines[0]}"] if len(lines) == 1 else [f"{name}:"]
        said += [f"  {line}" for line in lines if len(lines) > 1]
        for digit in self.recognition.digits:
            if not digit.sure:
                two = np.argsort(-digit.probabilities, kind="stable")[:2]
                words = [f"{n} ({digit.probabilities[n]:.1%})" for n in two]
                said.append(f"  ? not sure: {' or '.join(words)}")
        if left_out := self.recognition.left_out:
            said.append(f"  ! the {left_out:,} smallest marks are left out: there are too many")
        return "\n".join(said)

    def as_json(self) -> dict[str, object]:
        """Return plain values; corners are pixels of a picture of `size`, height and width."""
        if self.error:
            return {"file": str(self.file), "error": str(self.error)}
        return {
            "file": str(self.file),
            "size": self.grey.shape,
            "text": self.recognition.text,
            "left_out": self.recognition.left_out,
            "lines": [[digit.as_json() for digit in line] for line in self.recognition.lines],
        }

    def draw(self, out: Path, language: str) -> None:
        """Write the annotated picture; ReportError if it cannot be, or is of no known kind."""
        if out.exists() and out.samefile(self.file):
            raise ReportError(f"{out} is the photo itself: draw into another file.")
        figure = figures.photo_answers(self.grey, self.recognition, language)
        try:
            with replacing(out) as temporary:
                figure.savefig(temporary, dpi=200, format=out.suffix[1:] or "png")
        except WriteError as error:
            raise ReportError(f"Cannot draw {out}. {error}") from error
        except ValueError as error:
            raise ReportError(f"Cannot draw {out}: {out.suffix} is no kind of picture.") from error
        except RuntimeError as error:  # for want of TeX
            raise ReportError(f"Cannot draw {out}: {one_line(error)}.") from error
        finally:
            plt.close(figure)


def predict(files: Sequence[Path], recipe: str, seed: int) -> Iterator[Photo]:
    """Recognise the digits on photos with a run's network; ReportError if it cannot be had."""
    if settings.dataset() not in DIGITS:
        raise ReportError("Photos are read as digits: unset MNIST_REPORT_DATASET, and run again.")
    recogniser = Recogniser.load(recipe, seed)
    return (Photo(file, recogniser) for file in files)
