"""What makes a step quicker on an accelerator, and is left off where it would not help.

On a CPU without bfloat16 units autocast made the published network's step seven times slower,
and compiling one and a half times, so both belong to accelerators, or to who asks for them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from mnist_report.errors import TrainingError

MIXED_PRECISION = ("cuda", "xpu")


def precision(device: torch.device) -> torch.dtype:
    """The type that convolutions and matrix products are computed in while training.

    bfloat16 where the device multiplies it natively: it has float32's range, so that the loss
    needs no scaling (Kalamkar et al. 2019). Weights, sums and the optimiser stay float32.
    """
    if device.type not in MIXED_PRECISION:
        return torch.float32
    backend = getattr(torch, device.type)
    return torch.bfloat16 if backend.is_bf16_supported() else torch.float32


def autocast(device: torch.device) -> torch.autocast:
    """The context for forward pass and loss in that precision; does nothing for float32."""
    dtype = precision(device)
    return torch.autocast(device.type, dtype=dtype, enabled=dtype != torch.float32)


def allow_tf32(device: torch.device) -> None:
    """Let CUDA's tensor cores take float32 products, with factors rounded to TF32's 10 bits.

    It concerns what stays float32, such as validation. Other devices know no TF32.
    """
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
    """Say in one line that `torch.compile`, which works at the first step only, has failed.

    Raises:
        TrainingError: it has, for example because there is no C++ compiler.
    """
    try:
        yield
    except RuntimeError as error:
        if not type(error).__module__.startswith(("torch._dynamo", "torch._inductor")):
            raise
        reason = str(error).splitlines()[0].rstrip(".")
        raise TrainingError(f"torch.compile failed ({reason}): train without --compile.") from error
