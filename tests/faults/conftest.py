"""The table of all faults at the end of a run, and the record of a long one."""

from __future__ import annotations

import hashlib
import json
import platform
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version

import damage
import pytest
import tally as counting
from dataset_samples import SMALL
from hypothesis import HealthCheck, settings

from mnist_report.common import provenance
from mnist_report.datasets import mnist

TALLY = counting.Tally()

# Seeds follow from the tests' names, so that two runs try the same; a first call may be slow.
settings.register_profile(
    "faults",
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
settings.load_profile("faults")


@pytest.fixture(scope="session")
def tally() -> counting.Tally:
    """Where the tests of this folder count their faults."""
    return TALLY


@pytest.fixture
def small_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """MNIST is a small data set, which one source gives."""
    sums = {name: hashlib.md5(data).hexdigest() for name, data in SMALL.items()}  # noqa: S324
    monkeypatch.setattr(mnist, "FILES", sums)
    monkeypatch.setattr(mnist, "sources", lambda: {"source": damage.give})


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table."""
    if TALLY.rows:
        terminalreporter.section("faults")
        for line in TALLY.table():
            terminalreporter.write_line(line)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Write down what a long run has found; what it did not try keeps its rows."""
    if not counting.LONG or exitstatus or session.config.option.keyword:
        return
    record = {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": provenance._cpu_name(),
        "python": platform.python_version(),
        **{name: version(name) for name in ("torch", "numpy", "pillow", "hypothesis")},
        "rows": counting.merged(counting.recorded(), [asdict(row) for row in TALLY.rows.values()]),
    }
    text = json.dumps(record, ensure_ascii=False, indent=1)
    counting.RECORD.write_text(text + "\n", encoding="utf-8")
    page = counting.with_figures(counting.PAGE.read_text(encoding="utf-8"), record)
    counting.PAGE.write_text(page, encoding="utf-8")
