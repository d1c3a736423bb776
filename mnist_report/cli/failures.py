"""How a command fails: one line on standard error, the right exit code, and never a traceback."""

from __future__ import annotations

import sys

import typer
from typer.core import TyperGroup

from mnist_report.common.errors import ReportError

INTERRUPTED = 130  # the exit code that shells give to a program ended by Ctrl-C


class Commands(TyperGroup):
    """Every failure ends in one line and the right exit code; --debug shows the traceback."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:
        """Take --debug after the command's name, too: there people add it."""
        if "--debug" in args:
            args = ["--debug", *(word for word in args if word != "--debug")]
        return super().parse_args(ctx, args)

    def invoke(self, ctx: typer.Context) -> object:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            code, line = INTERRUPTED, "Stopped. What was finished is kept; run again to go on."
        except Exception as error:
            if ctx.params["debug"] or hasattr(error, "exit_code"):  # typer's own way to end
                raise
            code, line = 1, in_one_line(error)
        typer.echo(f"mnist-report: {line}", err=True)
        raise typer.Exit(code)


def in_one_line(error: Exception) -> str:
    """What went wrong, in one line; an error that we did not foresee tells its kind, too."""
    text = " ".join(str(error).split())
    export_errors = sys.modules.get("notebook_report.errors")
    foreseen = (ReportError, *((export_errors.ExportError,) if export_errors else ()))
    if isinstance(error, foreseen):
        return text
    return f"{type(error).__name__}: {text} (run again with --debug to see where)"
