"""`python -m mnist_report`."""

from mnist_report.cli.commands import main

main()
