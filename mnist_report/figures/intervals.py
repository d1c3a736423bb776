"""Figures that set estimates side by side, each with its interval: methods, and pairs of digits."""

from __future__ import annotations
