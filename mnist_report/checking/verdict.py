"""Findings of a check, and the verdict that they make together."""

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum

from mnist_report.common.errors import ReportError, one_line

SHOWN = 3  # differences told one by one
RELATIVE, ABSOLUTE = 1e-6, 1e-9  # what other versions of the libraries may change
LISTS = (list, tuple)


class UnfitFileError(ReportError):
    """A file that is not looked into: outside the hand-in, too large, or no file at all."""


class State(StrEnum):
    """Outcome of a check, the gravest last."""

    AGREES = "agrees"
    LOOK = "look at"  # what only a person can judge
    UNCHECKED = "not checked"
    MISSING = "missing"
    DIFFERS = "differs"


COUNTED = {  # how a summary names them
    State.AGREES: "checks agree",
    State.DIFFERS: "differ",
    State.MISSING: "missing",
    State.UNCHECKED: "could not be checked",
    State.LOOK: "to look at",
}
# Exit codes by the gravest outcome; 2 is for wrong use of the command.
EXIT = {"agrees": 0, "differs": 1, "missing": 3, "not checked": 4, "look at": 5}


@dataclass(frozen=True)
class Finding:
    """One line of a verdict: the thing that was looked at, how it came out, and why."""

    subject: str
    state: State
    text: str


@dataclass(frozen=True)
class Verdict:
    """All that was found about one hand-in; its author's name and number, if the metadata tell."""

    folder: str
    name: str = ""
    number: str = ""
    findings: Sequence[Finding] = ()  # in the order of the checks
    facts: Mapping[str, str] = field(default_factory=dict)  # shown, not judged: name → text
    weights: Mapping[str, str] = field(default_factory=dict)  # run → SHA-256
    own_seed: bool = False  # made from the student number

    @property
    def state(self) -> State:
        """The gravest outcome of its checks."""
        return max(
            (one.state for one in self.findings), key=list(State).index, default=State.AGREES
        )

    def having(self, *states: State) -> list[Finding]:
        """Return the findings that came out in one of these ways."""
        return [finding for finding in self.findings if finding.state in states]

    def summary(self) -> str:
        """Say the verdict in one line."""
        counts = ((len(self.having(state)), words) for state, words in COUNTED.items())
        told = [f"{count} {words}" for count, words in counts if count or words == "checks agree"]
        first = "Nothing differs" if self.state is not State.AGREES else "All agrees"
        first = "Does not agree" if self.having(State.DIFFERS) else first
        return f"{first}: {'; '.join(told)}."


def judged(subject: str, wrong: Sequence[str], right: str, most: int = SHOWN) -> Finding:
    """Make a finding of what was found wrong, or of what to say when nothing was."""
    if not wrong:
        return Finding(subject, State.AGREES, right)
    more = f" (and {len(wrong) - most} more)" if len(wrong) > most else ""
    return Finding(subject, State.DIFFERS, "; ".join(wrong[:most]) + more)


@contextmanager
def guarded(findings: list[Finding], subject: str, unfit: State | None = None) -> Iterator[None]:
    """Do a check; whatever it stumbles over in a hostile file is a finding, too.

    This is the one place where errors of checks end: a file that is not looked into or that breaks
    its reader was not checked, or is as `unfit` says; what our own code refuses differs.
    """
    try:
        yield
    except Exception as error:
        kind = "" if isinstance(error, ReportError) else f"{type(error).__name__}: "
        odd = isinstance(error, UnfitFileError) or kind
        state = unfit or (State.UNCHECKED if odd else State.DIFFERS)
        text = f"cannot be checked ({kind}{brief(error, 200)})"
        findings.append(Finding(subject, state, text))


def differences(found: object, expected: object, where: str = "") -> Iterator[str]:
    """Yield every place at which two structures of plain values differ, with both values."""
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        for key in expected:
            inner = f"{where}.{key}".lstrip(".")
            if key in found:
                yield from differences(found[key], expected[key], inner)
            else:
                yield f"{inner} is missing"
    elif isinstance(expected, LISTS) and isinstance(found, LISTS) and len(found) == len(expected):
        for index, pair in enumerate(zip(found, expected, strict=True)):
            yield from differences(*pair, f"{where}[{index}]")
    elif not _same(found, expected):
        yield f"{where} is {brief(found)}, must be {brief(expected)}"


def brief(value: object, most: int = 60) -> str:
    """Write a value as text in one line that does not run on."""
    text = f"{value:.6g}" if isinstance(value, float) else one_line(value)
    return text if len(text) <= most else f"{text[:most]}…"


def _same(found: object, expected: object) -> bool:
    if isinstance(found, bool) or isinstance(expected, bool):
        return found is expected
    if isinstance(found, int | float) and isinstance(expected, int | float):
        near = math.isclose(found, expected, rel_tol=RELATIVE, abs_tol=ABSOLUTE)
        return near and math.isfinite(found)  # infinity is near itself
    return found == expected
