"""Markdown as Jupyter reads it, in the words of pandoc, which reads some of it in another way."""

from __future__ import annotations

import re

FENCE = re.compile(r"( {0,3}(`{3,}|~{3,}))[ \t]*([^`\n]*)")
ATTRIBUTES = re.compile(r"\{[.=#][^}]*\}\s*")
WORD = re.compile(r"[\w+#-]+")
# HTML within which Jupyter goes on reading Markdown, and breaks that end no paragraph in pandoc.
MEANINGS = (
    (re.compile(r"^[ \t]*<details\b[^>]*>", re.M), "\n<div>\n\n"),
    (re.compile(r"</details>[ \t]*$", re.M), "\n\n</div>\n"),
    (re.compile(r"^[ \t]*<summary>(.*?)</summary>", re.M | re.S), r"**\1**\n\n"),
    (re.compile(r"^([ \t]*<br ?/?>)[ \t]*(?=<|$)", re.M), "\\1\n\n"),
)


def for_pandoc(source: str) -> str:
    """The same text with plain words after code fences and without foldable sections."""
    out, text, fence = [], [], ""
    for line in source.split("\n"):
        match = FENCE.fullmatch(line)
        if not fence and match:
            out += [meant("\n".join(text)), opening(match)] if text else [opening(match)]
            text, fence = [], match[2]
        elif fence:
            out.append(line)
            if match and not match[3].strip() and match[2].startswith(fence):
                fence = ""
        else:
            text.append(line)
    return "\n".join([*out, meant("\n".join(text))] if text else out)


def opening(match: re.Match) -> str:
    """The first line of a fenced block: a language alone, or pandoc's attributes."""
    language = WORD.search(match[3])
    if ATTRIBUTES.fullmatch(match[3]) or not language:
        return match[0]
    return match[1] + language[0]


def meant(text: str) -> str:
    """Text outside code with the HTML that pandoc would not look into."""
    for pattern, meaning in MEANINGS:
        text = pattern.sub(meaning, text)
    return text
