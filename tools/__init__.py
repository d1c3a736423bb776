"""Upkeep of this repository's own documents; no part of the packages."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
