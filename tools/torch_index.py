"""`python tools/torch_index.py`: pip's options for the build of PyTorch that fits this machine.

On Linux pip's own choice brings 3 GB of CUDA, of no use without an NVIDIA card. There this prints
the option for PyTorch's index of builds for CPUs, if that can be reached at once, else nothing. It
runs before anything is installed; `make setup` calls it.
"""

import shutil
import sys
from pathlib import Path
from urllib.request import urlopen

INDEX = "https://download.pytorch.org/whl/cpu"
PATIENCE = 5  # seconds


def has_card() -> bool:
    """Say if the driver of an NVIDIA card is there."""
    return Path("/proc/driver/nvidia/version").exists() or shutil.which("nvidia-smi") is not None


def options(index: str = INDEX) -> str:
    """Return the options, "" where pip's own choice is the right one or the only one."""
    if sys.platform != "linux" or has_card():
        return ""
    try:
        with urlopen(f"{index}/torch/", timeout=PATIENCE):  # noqa: S310 (ours, or a test's folder)
            return f"--extra-index-url {index}"
    except OSError:
        return ""


if __name__ == "__main__":
    print(options(*sys.argv[1:]))
