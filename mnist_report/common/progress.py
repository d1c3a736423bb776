"""Progress bars, in a terminal and in a notebook."""

import sys
from typing import Any

from tqdm import tqdm


def bar(*words: Any, **options: Any) -> tqdm:
    """Return tqdm's bar; in a notebook on stdout, since what is on stderr looks like an error."""
    if type(sys.stdout).__module__.startswith("ipykernel"):
        # It goes when it is finished, so that a document made from the notebook has none.
        options |= {"file": sys.stdout, "leave": False}
    return tqdm(*words, **options)
