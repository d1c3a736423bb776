"""One function a figure: `figures.class_balance(counts, language="zh-CN")`.

Each takes plain arrays, dictionaries or tables and returns a matplotlib `Figure`.
"""

from mnist_report.figures.style import use_style

__all__ = ["use_style"]
