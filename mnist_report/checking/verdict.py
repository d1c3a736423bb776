"""Findings of a check, and the verdict that they make together."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from mnist_report.common.errors import ReportError, one_line

SHOWN = 3  # differences told one by one
RELATIVE, ABSOLUTE = 1e-6, 1e-9  # what other versions of the libraries may change
LISTS = (list, tuple)


class State(StrEnum):
    """Outcome of a check."""

    AGREES = "agrees"
    DIFFERS = "differs"
    MISSING = "missing"
    UNCHECKED = "not checked"


@dataclass(frozen=True)
class Finding:
    """One line of a verdict: the thing that was looked at, how it came out, and why."""

    subject: str
    state: State
    text: str

    @property
    def wrong(self) -> bool:
        """Tell what differs or is missing from what agrees or could not be judged."""
        return self.state in {State.DIFFERS, State.MISSING}


@dataclass(frozen=True)
class Verdict:
    """All that was found about one hand-in; its author's name and number, if the metadata tell."""

    folder: str
    name: str = ""
    number: str = ""
    findings: Sequence[Finding] = ()  # in the order of the checks
    facts: Mapping[str, str] = field(default_factory=dict)  # shown, not judged: name → text
    weights: Mapping[str, str] = field(default_factory=dict)  # run → SHA-256

    @property
    def wrong(self) -> list[Finding]:
        """The findings of what differs or is missing."""
        return [finding for finding in self.findings if finding.wrong]

    def count(self, state: State) -> int:
        """Count the findings that came out in one way."""
        return sum(finding.state is state for finding in self.findings)

    def summary(self) -> str:
        """Say the verdict in one line."""
        unchecked = self.count(State.UNCHECKED)
        rest = f"; {unchecked} could not be checked" if unchecked else ""
        if not self.wrong:
            return f"All agrees: {len(self.findings) - unchecked} checks{rest}."
        return f"Does not agree: {len(self.wrong)} of {len(self.findings)} checks{rest}."


def judged(subject: str, wrong: Sequence[str], right: str) -> Finding:
    """Make a finding of what was found wrong, or of what to say when nothing was."""
    if not wrong:
        return Finding(subject, State.AGREES, right)
    more = f" (and {len(wrong) - SHOWN} more)" if len(wrong) > SHOWN else ""
    return Finding(subject, State.DIFFERS, "; ".join(wrong[:SHOWN]) + more)


def guarded(subject: str, look: Callable[..., list[Finding]], *words: object) -> list[Finding]:
    """Call a check; whatever it stumbles over in a hostile file is a finding, too."""
    try:
        return look(*words)
    except Exception as error:
        kind = "" if isinstance(error, ReportError) else f"{type(error).__name__}: "
        return [Finding(subject, State.DIFFERS, f"cannot be checked ({kind}{brief(error, 200)})")]


def differences(found: object, expected: object, where: str = "") -> Iterator[str]:
    """Yield every place at which two structures of plain values differ, with both values.

    Floats are compared to a millionth, which is more than other versions of the libraries change.
    """
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
    text = "".join(character for character in text if character.isprintable())
    return text if len(text) <= most else f"{text[:most]}…"


def _same(found: object, expected: object) -> bool:
    if isinstance(found, bool) or isinstance(expected, bool):
        return found is expected
    if isinstance(found, int | float) and isinstance(expected, int | float):
        return math.isclose(found, expected, rel_tol=RELATIVE, abs_tol=ABSOLUTE)
    return found == expected
