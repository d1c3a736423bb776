"""`python -m benchmarks`: measure, and write benchmarks/results.md and results.json."""

import argparse
import sys
from pathlib import Path

from benchmarks import jobs, report
from mnist_report.common import settings
from mnist_report.common.errors import ReportError
from mnist_report.datasets import mnist


def main(words: list[str] | None = None) -> int:
    """The command; returns its exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=report.__doc__)
    choices = ("all", *jobs.SECTIONS, jobs.ACCELERATOR)
    parser.add_argument("section", nargs="?", default="all", choices=choices)
    parser.add_argument("--quick", action="store_true", help="see that it works; means nothing")
    parser.add_argument("--fresh", action="store_true", help="forget an interrupted measurement")
    chosen = parser.parse_args(words)
    sections = jobs.SECTIONS if chosen.section == "all" else (chosen.section,)
    try:
        mnist.fetch()  # before anything is timed
        written = measure(sections, chosen.quick, chosen.fresh)
    except KeyboardInterrupt:
        print("\nInterrupted. What is finished was kept: the same command goes on from there.")
        return 130
    except ReportError as error:
        print(error, file=sys.stderr)
        return 1
    print(written.read_text(encoding="utf-8"))
    print(f"Written to {written} and {written.with_suffix('.json').name}.")
    return 0


def measure(sections: tuple[str, ...], quick: bool, fresh: bool) -> Path:
    """Measure the sections and write the report, in which the other sections stay as they were."""
    kept, scale = settings.results_dir(), jobs.QUICK if quick else jobs.Scale()
    store = jobs.Store(kept / ("benchmarks-quick.json" if quick else "benchmarks.json"))
    for section in sections:
        rows = store.open(section, scale, report.provenance_now(section), fresh)
        jobs.run(jobs.plan(section, scale), section, store, rows)
        store.close(section)
    folder = kept / "benchmarks-quick" if quick else Path(__file__).resolve().parent
    return report.write(folder, report.sections(folder) | store.complete())


if __name__ == "__main__":
    sys.exit(main())
