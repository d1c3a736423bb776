"""Typst as a program for typesetter.py: for a call, a line in, go out a line and what it made."""

import json
import sys
from functools import cache

import typst


@cache
def found(system: bool, folders: tuple[str, ...]) -> typst.Fonts:
    return typst.Fonts(include_system_fonts=system, font_paths=list(folders))


def opened(source: str, root: str | None, system: bool, folders: list[str]) -> typst.Compiler:
    return typst.Compiler(input=source, root=root, font_paths=found(system, tuple(folders)))


def main() -> None:
    """Answer until the input ends."""
    compiler = typst.Compiler()
    while line := sys.stdin.buffer.readline():
        name, document, words = json.loads(line)
        made, problem = b"", ""
        try:
            if name == "open":
                compiler = opened(*document)
            else:
                made = getattr(opened(*document) if document else compiler, name)(**words)
        except (RuntimeError, ValueError) as error:
            problem = str(error) or type(error).__name__
        made = made.encode() if isinstance(made, str) else made
        sys.stdout.buffer.write(json.dumps([problem, len(made)]).encode() + b"\n" + made)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
