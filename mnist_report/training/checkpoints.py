"""The state of an unfinished run: one safetensors file, whole or absent.

Besides tensors it holds only text (safetensors' own metadata), so that nothing in it can run code.
A sum over all of it tells whether any bit has changed on the disk.
"""

import hashlib
import json
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as as_bytes
from torch import Tensor, nn
from torch.optim import Optimizer

from mnist_report.common import TrainingError, one_line, raised_as, replacing


def save(
    path: Path,
    fingerprint: str,
    history: list[dict[str, float]],
    modules: dict[str, nn.Module],
    optimiser: Optimizer,
) -> None:
    """Store weights, optimiser and history, whole or not at all; WriteError if the disk is full."""
    states = {name: module.state_dict() for name, module in modules.items()}
    of_weights = optimiser.state_dict()["state"]
    states |= {f"optimiser/{index}": state for index, state in of_weights.items()}
    tensors = {
        f"{name}/{key}": value.contiguous()
        for name, state in states.items()
        for key, value in state.items()
        if isinstance(value, Tensor)
    }
    metadata = {"fingerprint": fingerprint, "history": json.dumps(history)}
    metadata["sum"] = _sum(tensors, metadata["history"])
    with replacing(path) as temporary:
        temporary.write_bytes(as_bytes(tensors, metadata))


def restore(
    path: Path, fingerprint: str, modules: dict[str, nn.Module], optimiser: Optimizer
) -> list[dict[str, float]]:
    """Restore modules and optimiser, and return the history; TrainingError if damaged."""
    if not path.exists():
        return []
    unusable = "The checkpoint {} cannot be used ({}): delete it, and run again."
    with raised_as(
        lambda error: TrainingError(unusable.format(path, one_line(error)[:200])),
        *(OSError, SafetensorError, KeyError, RuntimeError, ValueError),
    ):
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            if "sum" not in metadata or metadata.get("fingerprint") != fingerprint:
                return []  # of another recipe, data set or version: it is left alone
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
        if metadata["sum"] != _sum(tensors, metadata["history"]):
            raise ValueError("its sum is another")
        states: dict[str, dict[str, Tensor]] = {}
        for name, tensor in tensors.items():
            place, key = name.rsplit("/", 1)  # model, average, optimiser/0, optimiser/1, …
            states.setdefault(place, {})[key] = tensor
        for name, module in modules.items():
            module.load_state_dict(states.pop(name, {}))
        of_weights = {int(place.removeprefix("optimiser/")): states[place] for place in states}
        groups = optimiser.state_dict()["param_groups"]
        optimiser.load_state_dict({"state": of_weights, "param_groups": groups})
        # The fused kernels walk through weights and state side by side in memory: a state in
        # another layout than its weight (channels last) would be read in the wrong order.
        for parameter, state in optimiser.state.items():
            for key, value in state.items():
                if value.shape == parameter.shape:
                    state[key] = torch.empty_like(parameter.detach()).copy_(value)
        return json.loads(metadata["history"])


def _sum(tensors: dict[str, Tensor], history: str) -> str:
    """SHA-256 over names, kinds, shapes, bytes and history."""
    digest = hashlib.sha256(history.encode())
    for key, tensor in sorted(tensors.items()):
        digest.update(f"{key} {tensor.dtype} {list(tensor.shape)}".encode())
        digest.update(tensor.cpu().numpy().tobytes())
    return digest.hexdigest()
