"""Hand-ins, one or many: each looked at in a process of its own, and a table of them all."""

from __future__ import annotations

import contextlib
import csv
import multiprocessing
from collections.abc import Iterator, Sequence
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path

from pydantic import TypeAdapter

from mnist_report.checking.handin import HandIn
from mnist_report.checking.verdict import Finding, State, Verdict
from mnist_report.common.errors import ReportError
from mnist_report.common.storage import replacing

SIGNS = ("results", "notebooks", "report")  # a folder with one of these is a project
PATIENCE = 1200  # seconds for one hand-in; a hostile one could go on for ever
MEMORY = 6 * 2**30  # bytes that looking at one may take, where the system can limit it
COLUMNS = ("folder", "name", "number", "verdict", *State, "wrong", "same weights as")
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would take these for a formula's start
ANSWER = TypeAdapter(Verdict)  # as JSON, in which no code can hide


def hand_ins(path: Path) -> list[Path]:
    """Find the project that a folder is, or the folders below it, each of them a hand-in."""
    if not path.is_dir():
        raise ReportError(f"{path} is no folder; unpack an archive first.")
    if _is_project(path):
        return [path]
    below = sorted(p for p in path.iterdir() if p.is_dir() and not p.name.startswith("."))
    if not below:
        raise ReportError(f"There is no project in {path}, and no folder with one.")
    return below


def examine(folder: Path, apart: Sequence[Path] = (), patience: float = PATIENCE) -> Verdict:
    """Come to the verdict on one hand-in, within so many seconds.

    It is a folder, or one that holds nothing but its folder, as archives unpack; what belongs to it
    and lies `apart` are Word and PDF files.
    """
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    child = context.Process(target=_look, args=(there, folder, tuple(apart)), daemon=True)
    child.start()
    there.close()
    try:
        if here.poll(patience):
            return ANSWER.validate_json(here.recv_bytes())
        failure = f"not finished after {patience:.0f} seconds"
    except (EOFError, ValueError):  # no answer, or none of ours
        failure = "looking at it failed, perhaps for want of memory"
    finally:
        child.kill()
        child.join()
    return Verdict(folder.resolve().name, findings=[Finding("check", State.DIFFERS, failure)])


def same_weights(verdicts: Sequence[Verdict]) -> dict[str, list[str]]:
    """Find for each hand-in's folder the others that hold the very weights of one of its runs."""
    holders: dict[str, set[str]] = {}
    for verdict in verdicts:
        for digest in verdict.weights.values():
            holders.setdefault(digest, set()).add(verdict.folder)
    return {
        v.folder: sorted(set().union(*(holders[d] for d in v.weights.values())) - {v.folder})
        for v in verdicts
    }


def write_table(verdicts: Sequence[Verdict], path: Path) -> None:
    """Write one row a hand-in, as CSV that spreadsheets read, Chinese names included."""
    same = same_weights(verdicts)
    with replacing(path) as new, new.open("w", encoding="utf-8-sig", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(COLUMNS)
        rows.writerows(_row(verdict, same[verdict.folder]) for verdict in verdicts)


def _row(verdict: Verdict, same: Sequence[str]) -> Iterator[str]:
    cells = [
        *(verdict.folder, verdict.name, verdict.number),
        "differs" if verdict.wrong else "agrees",
        *(str(verdict.count(state)) for state in State),
        "; ".join(f"{finding.subject}: {finding.text}" for finding in verdict.wrong),
        ", ".join(same),
    ]
    return (f"'{cell}" if cell.startswith(FORMULA) else cell for cell in cells)


def _is_project(path: Path) -> bool:
    return any((path / sign).is_dir() for sign in SIGNS)


def _look(answer: Connection, folder: Path, apart: tuple[Path, ...]) -> None:
    """Do the work of the process."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource  # not on Windows

        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    from mnist_report.checking import project

    within = [p for p in folder.iterdir() if p.is_dir()] if not _is_project(folder) else []
    root = within[0] if len(within) == 1 and _is_project(within[0]) else folder
    verdict = project.check(HandIn(root, apart))
    answer.send_bytes(ANSWER.dump_json(replace(verdict, folder=folder.resolve().name)))
