"""The table of all faults at the end of a run, and the record of a long one."""

from __future__ import annotations

import json
import platform
import time
from dataclasses import asdict
from datetime import UTC, datetime

import pytest
import tally as counting
from hypothesis import HealthCheck, settings

from mnist_report import provenance
from mnist_report import settings as ours

RECORD = ours.project_root() / "docs" / "reliability.json"
TALLY = counting.Tally()
STARTED = time.monotonic()

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


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table."""
    if TALLY.rows:
        terminalreporter.section("faults")
        for line in TALLY.table():
            terminalreporter.write_line(line)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Write down what a whole long run has found."""
    if counting.LONG and exitstatus == 0 and not session.config.option.keyword:
        record = {
            "date": datetime.now(UTC).date().isoformat(),
            "machine": provenance._cpu_name(),
            "platform": f"{platform.system()} {platform.machine()}",
            "python": platform.python_version(),
            **{
                name: provenance.version(name)
                for name in ("torch", "numpy", "pillow", "hypothesis")
            },
            "seconds": round(time.monotonic() - STARTED),
            "rows": [asdict(row) for row in TALLY.rows.values()],
        }
        text = json.dumps(record, ensure_ascii=False, indent=1)
        RECORD.write_text(text + "\n", encoding="utf-8")
