"""Precision, threads and memory: switched on where they make a step quicker, else left off.

bfloat16 makes a step of `standard` 1.4 times as quick on a CPU with matrix units for it (AMX, see
benchmarks/results.md), and made the published network's seven times slower on one without.
Compiling made steps on a CPU one and a half times slower: it is for accelerators.
"""

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import torch
from threadpoolctl import threadpool_limits

from mnist_report.common.errors import TrainingError


def precision(device: torch.device) -> torch.dtype:
    """The type that convolutions and matrix products are computed in while training."""
    # bfloat16 where the device multiplies it natively: it has float32's range, so that the loss
    # needs no scaling (Kalamkar et al. 2019). Weights, sums and the optimiser stay float32.
    if device.type == "cpu":
        return torch.bfloat16 if cpu_has_matrix_units() else torch.float32
    native = device.type in ("cuda", "xpu") and getattr(torch, device.type).is_bf16_supported()
    return torch.bfloat16 if native else torch.float32


@cache
def cpu_has_matrix_units() -> bool:
    """Say if the processor multiplies matrices of bfloat16 natively (AMX)."""
    # Older releases cannot tell.
    return getattr(torch.cpu, "get_capabilities", dict)().get("amx_bf16", False)


def autocast(device: torch.device) -> torch.autocast:
    """The context for forward pass and loss in that precision; does nothing for float32."""
    dtype = precision(device)
    return torch.autocast(device.type, dtype=dtype, enabled=dtype != torch.float32)


def allow_tf32(device: torch.device) -> None:
    """Let CUDA's tensor cores round float32 factors, as in validation, to TF32's 10 bits."""
    if device.type == "cuda":
        torch.set_float32_matmul_precision("high")
        torch.backends.cudnn.allow_tf32 = True


@contextmanager
def threads(count: int) -> Iterator[None]:
    """Compute on so many threads of the processor."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def compiler_errors() -> Iterator[None]:
    """Say in a TrainingError's line that `torch.compile` failed, as without a C++ compiler."""
    try:
        yield
    except RuntimeError as error:
        if not type(error).__module__.startswith(("torch._dynamo", "torch._inductor")):
            raise
        reason = str(error).splitlines()[0].rstrip(".")
        raise TrainingError(f"torch.compile failed ({reason}): train without --compile.") from error


# Threads that wait for each other gain little on matrices of this size, and on a machine that is
# also busy elsewhere they cost many times the work: t-SNE took minutes instead of ten seconds.
one_thread = threadpool_limits.wrap(limits=1)


def retain_freed_memory() -> None:
    """Keep what is freed, until this process ends; only glibc needs to be told."""
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None
    if hasattr(libc, "mallopt"):  # mallopt(3): parameters, and the highest thresholds in bytes
        libc.mallopt(-1, 2**31 - 1)  # M_TRIM_THRESHOLD
        libc.mallopt(-3, 32 * 2**20)  # M_MMAP_THRESHOLD
