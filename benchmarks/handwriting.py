"""`python -m benchmarks.handwriting`: recognise MNIST's test digits on pages, and record how well.

The digits are spread evenly over the test set, and looked at only here; all that recognises them
was made on pages of training and validation digits. It takes some minutes.
"""

import argparse
import sys

from mnist_report import datasets
from mnist_report.common import settings, storage
from mnist_report.common.errors import ReportError
from mnist_report.common.provenance import provenance
from mnist_report.datasets.dataset import evenly_spaced
from mnist_report.handwriting import accuracy
from mnist_report.handwriting.accuracy import HandwritingRecord
from mnist_report.handwriting.recognition import Recogniser
from mnist_report.training import runs


def main(words: list[str] | None = None) -> int:
    """The command; returns its exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.handwriting", description=__doc__)
    parser.add_argument("--recipe", default="standard", help="whose run recognises")
    parser.add_argument("--seed", type=int, default=0, help="the run's seed")
    parser.add_argument("--digits", type=int, default=accuracy.DIGITS, help="how many")
    chosen = parser.parse_args(words)
    try:
        recogniser, data = Recogniser.load(chosen.recipe, chosen.seed), datasets.load()
        index = evenly_spaced(len(data.test_images), chosen.digits)
        x, y = data.test_images.numpy()[index], data.test_labels.numpy()[index]
        record = HandwritingRecord(
            study="handwriting",
            recipe=chosen.recipe,
            run_seed=chosen.seed,
            fingerprint=runs.load(chosen.recipe, chosen.seed).summary.fingerprint,
            provenance=provenance(accuracy.SEED, settings.device()),
            **dict(accuracy.measure(recogniser, x, y)),
        )
    except ReportError as error:
        print(error, file=sys.stderr)
        return 1
    storage.write_json(accuracy.path(), record.as_json())
    print(f"{record.clean.right} of {record.digits} digits are found and right on clean pages.")
    print(f"Written to {accuracy.path()}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
