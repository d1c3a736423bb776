"""`python -m benchmarks`: measure, and write benchmarks/results.md and results.json."""

import argparse
import sys
from dataclasses import asdict
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
    chosen = parser.parse_args(words)
    scale, folder = jobs.Scale(), Path(__file__).resolve().parent
    if chosen.quick:
        scale, folder = jobs.QUICK, settings.results_dir() / "benchmarks-quick"
    found = report.sections(folder)
    try:
        mnist.fetch()  # before anything is timed
        for name in jobs.SECTIONS if chosen.section == "all" else (chosen.section,):
            facts = {"provenance": report.provenance_now(name), "scale": asdict(scale)}
            found[name] = facts | {"rows": jobs.run(jobs.plan(name, scale))}
    except KeyboardInterrupt:
        print("\nInterrupted. The sections that were finished are written.")
        return 130
    except ReportError as error:
        print(error, file=sys.stderr)
        return 1
    finally:  # all at once: a file that changes while measuring marks the commit with "+"
        written = report.write(folder, found)
    print(written.read_text(encoding="utf-8"))
    print(f"Written to {written} and {written.with_suffix('.json').name}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
