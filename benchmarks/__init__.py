"""Measurements of speed, memory and start-up: `make bench`, or `python -m benchmarks`."""
