"""`python -m mnist_report`."""

from mnist_report.cli import main

main()
