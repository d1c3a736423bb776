"""`python -m benchmarks.handwriting`: read MNIST's test digits on pages, and record how well.

The digits are spread evenly over the test set, and looked at only here; all that reads them was
made on pages of training and validation digits. It takes some minutes.
"""

from __future__ import annotations

import argparse
import sys

from mnist_report import dataset, json_files, results, settings
from mnist_report.errors import ReportError
from mnist_report.exploration import spread_out
from mnist_report.handwriting import measure
from mnist_report.handwriting.reading import Reader
from mnist_report.provenance import provenance


def main(words: list[str] | None = None) -> int:
    """The command; returns its exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.handwriting", description=__doc__)
    parser.add_argument("--recipe", default="standard", help="whose run reads")
    parser.add_argument("--seed", type=int, default=0, help="the run's seed")
    parser.add_argument("--digits", type=int, default=measure.DIGITS, help="how many")
    chosen = parser.parse_args(words)
    try:
        record = measured(chosen.recipe, chosen.seed, chosen.digits)
    except ReportError as error:
        print(error, file=sys.stderr)
        return 1
    json_files.write(measure.path(), record)
    clean = record["clean"]
    print(f"{clean['right']} of {record['digits']} digits are found and read right on clean pages.")
    print(f"Written to {measure.path()}.")
    return 0


def measured(recipe: str, seed: int, digits: int) -> dict:
    """The record: what `measure.measure` gives, and where it comes from."""
    reader, data = Reader.load(recipe, seed), dataset.load()
    index = spread_out(len(data.test_images), digits)
    x, y = data.test_images.numpy()[index], data.test_labels.numpy()[index]
    return {
        "study": "handwriting",
        "recipe": recipe,
        "run_seed": seed,
        "fingerprint": results.load(recipe, seed).summary["fingerprint"],
        "provenance": provenance(measure.SEED, settings.device()),
        **measure.measure(reader, x, y),
    }


if __name__ == "__main__":
    sys.exit(main())
