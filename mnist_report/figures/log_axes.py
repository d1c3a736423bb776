"""Logarithmic axes that say round numbers, however few powers of ten they span."""

from __future__ import annotations

from matplotlib.axis import Axis
from matplotlib.ticker import FixedLocator, NullLocator

MOST = 9  # labels on an axis


def round_logarithms(axis: Axis, low: float, high: float) -> None:
    """Make an axis logarithmic, from the last round number below `low` to the first above `high`.

    Args:
        axis: the x-axis or the y-axis of a plot.
        low: the least value drawn, positive.
        high: the largest.
    """
    ticks = _ticks(low, high)
    axis.axes.set(
        **{f"{axis.axis_name}scale": "log", f"{axis.axis_name}lim": (ticks[0], ticks[-1])}
    )
    axis.set_major_locator(FixedLocator(ticks))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter("{x:g}")


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers 1, 2, 3, 5 × 10ⁿ, or powers of ten if these would be too many."""
    steps = [float(f"{k}e{n}") for n in range(-4, 7) for k in (1, 2, 3, 5)]
    first = max(k for k, step in enumerate(steps) if step < low)
    last = min(k for k, step in enumerate(steps) if step > high)
    chosen = steps[first : last + 1]
    if len(chosen) <= MOST:
        return chosen
    first, last = 4 * (first // 4), -4 * (-last // 4)
    return steps[first : last + 1 : 4]
