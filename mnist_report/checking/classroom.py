"""Hand-ins, one or many: each looked at in a process of its own, and a table of them all."""

import csv
import multiprocessing
import re
import signal
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import permutations
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import TypeAdapter

from mnist_report.checking import handin
from mnist_report.checking.verdict import Finding, State, Verdict, brief
from mnist_report.common import ReportError, end_with, replacing
from notebook_report import limits

PATIENCE = 600  # seconds on the clock for one hand-in, on however busy a machine
TEXTS = {  # columns with the texts of findings
    "wrong": State.DIFFERS,
    "missing parts": State.MISSING,
    "look at these": State.LOOK,
    "could not be checked": State.UNCHECKED,
}
COLUMNS = ("folder", "name", "number", "verdict", *State, *TEXTS, "same weights as")
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would take these for a formula's start
ANSWER = TypeAdapter(Verdict)  # as JSON, in which no code can hide
# Whose a file is, as learning platforms begin its name: Moodle, Canvas, and any student number.
STUDENT = re.compile(r"(.+_\d+)_assignsubmission|([^_]+_(?:late_|LATE_)?\d+)_\d+_|(\d{6,})")


def hand_ins(path: Path) -> dict[Path, list[Path]]:
    """Find the hand-ins, with the loose Word and PDF files that belong to each.

    A path is one hand-in, or a folder in which each entry is one. A loose report is another's if
    its name begins with the same student and nothing else does; otherwise it is one of its own.
    """
    if not path.exists():
        raise ReportError(f"There is no {path}.")
    if path.is_file() or handin.is_project(path):
        return {path: []}
    entries = sorted(handin.visible(path))
    if not entries:
        raise ReportError(f"There is no project in {path}, and no folder with one.")
    reports = [one for one in entries if one.suffix.lower() in handin.REPORTS and one.is_file()]
    found: dict[Path, list[Path]] = {one: [] for one in entries}
    for report in reports:
        same = [p for p in entries if p not in reports and _student(p) == _student(report)]
        if _student(report) and len(same) == 1:
            found[same[0]].append(report)
    return found


def examine(path: Path, apart: Sequence[Path] = (), patience: float = PATIENCE) -> Verdict:
    """Come to the verdict on one hand-in, within so many seconds.

    It is a folder or an archive, or one that holds nothing but its folder; what belongs to it and
    lies `apart` are Word and PDF files. What has to be unpacked is, in a folder that is removed.
    """
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    with TemporaryDirectory(prefix="mnist-report-", ignore_cleanup_errors=True) as private:
        words = (there, path, tuple(apart), Path(private))
        child = context.Process(target=_look, args=words, daemon=True)
        # Deaf to Ctrl-C, which a terminal sends to all: its parent ends it. Not on Windows.
        mask = getattr(signal, "pthread_sigmask", None)
        if mask:
            resource_tracker.ensure_running()  # which takes the block away, so before it
            mask(signal.SIG_BLOCK, [signal.SIGINT])
        child.start()
        try:
            if mask:
                mask(signal.SIG_UNBLOCK, [signal.SIGINT])  # one that waited comes here
            there.close()
            if here.poll(patience):
                return ANSWER.validate_json(here.recv_bytes())
            failure = f"not finished after {patience:.0f} seconds"
        except (EOFError, ValueError):  # no answer, or none of ours
            failure = f"looking at it failed: {limits.exceeded()}"
        finally:
            child.kill()
            child.join()
    return Verdict(_named(path), findings=[Finding("check", State.UNCHECKED, failure)])


def same_weights(verdicts: Sequence[Verdict]) -> dict[str, list[str]]:
    """Find for each hand-in the others that hold the very weights of one of its runs."""
    found: dict[str, set[str]] = {verdict.folder: set() for verdict in verdicts}
    for one, other in permutations(verdicts, 2):
        runs = [(a, b) for a in one.weights for b in other.weights]
        same = [(a, b) for a, b in runs if one.weights[a] == other.weights[b]]
        for made, again in ((one.facts.get(a, ""), other.facts.get(b, "")) for a, b in same):
            # One seed on machines of one kind gives the same weights, at other times: that is
            # expected, but where seeds are made from the student numbers.
            machines = {fact.partition(", time ")[0] for fact in (made, again)}
            if one.own_seed or other.own_seed or made == again or len(machines) > 1:
                found[one.folder].add(other.folder)
    return {folder: sorted(others) for folder, others in found.items()}


def write_table(verdicts: Sequence[Verdict], path: Path) -> None:
    """Write one row a hand-in, as CSV that spreadsheets read, Chinese names included."""
    same = same_weights(verdicts)
    with replacing(path) as new, new.open("w", encoding="utf-8-sig", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(COLUMNS)
        rows.writerows(_row(verdict, same[verdict.folder]) for verdict in verdicts)


def _row(verdict: Verdict, same: Sequence[str]) -> Iterator[str]:
    texts = (verdict.having(state) for state in TEXTS.values())
    cells = [
        *(verdict.folder, verdict.name, verdict.number, verdict.state),
        *(str(len(verdict.having(state))) for state in State),
        *("; ".join(f"{one.subject}: {one.text}" for one in findings) for findings in texts),
        ", ".join(same),
    ]
    return (f"'{cell}" if cell.startswith(FORMULA) else cell for cell in cells)


def _student(path: Path) -> str:
    found = STUDENT.search(path.name)
    return next(filter(None, found.groups())) if found else ""


def _named(path: Path) -> str:
    return brief(path.name or path.resolve().name, 200)  # that of a link, not of its end


def _look(answer: Connection, path: Path, apart: tuple[Path, ...], private: Path) -> None:
    """Do the work of the process."""
    end_with()
    limits.confine(limits.MEMORY, limits.SECONDS)
    from mnist_report.checking import project

    try:
        verdict = project.check(handin.located(path, apart, private))
    except (ReportError, OSError) as error:
        verdict = Verdict("", findings=[Finding("hand-in", State.UNCHECKED, str(error))])
    # Names and texts are the hand-in's, and may hold what no terminal or table should get.
    shown = [Finding(brief(f.subject, 200), f.state, brief(f.text, 2000)) for f in verdict.findings]
    facts = {brief(name, 200): text for name, text in verdict.facts.items()}
    author = {"name": brief(verdict.name), "number": brief(verdict.number)}
    verdict = replace(verdict, folder=_named(path), findings=shown, facts=facts, **author)
    answer.send_bytes(ANSWER.dump_json(verdict))
