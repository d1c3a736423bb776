"""The state of an unfinished run: one safetensors file, whole or absent.

Besides tensors it holds only text (safetensors' own metadata), so that nothing in it can run code.
A sum over all of it tells whether any bit has changed on the disk.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as as_bytes
from torch import Tensor, nn
from torch.optim import Optimizer

from mnist_report.common.errors import TrainingError, one_line
from mnist_report.common.storage import replacing


def save(
    path: Path,
    fingerprint: str,
    history: list[dict[str, float]],
    modules: dict[str, nn.Module],
    optimiser: Optimizer,
) -> None:
    """Store weights, the optimiser's state and the history of the epochs done so far.

    Raises:
        WriteError: the disk is full, or the like; an earlier checkpoint stays as it is.
    """
    tensors = {
        f"{name}/{key}": tensor
        for name, module in modules.items()
        for key, tensor in module.state_dict().items()
    }
    for index, state in optimiser.state_dict()["state"].items():
        tensors |= {f"optimiser/{index}/{key}": value for key, value in _tensors(state).items()}
    tensors = {key: tensor.contiguous() for key, tensor in tensors.items()}
    metadata = {"fingerprint": fingerprint, "history": json.dumps(history)}
    metadata["sum"] = _sum(tensors, metadata["history"])
    with replacing(path) as temporary:
        temporary.write_bytes(as_bytes(tensors, metadata))


def restore(
    path: Path, fingerprint: str, modules: dict[str, nn.Module], optimiser: Optimizer
) -> list[dict[str, float]]:
    """Bring modules and optimiser to the stored state.

    Returns:
        The history of the epochs done; empty where there is no checkpoint, or one of another
        recipe, data set or version, which is left alone.

    Raises:
        TrainingError: the checkpoint is damaged, or does not fit the network.
    """
    if not path.exists():
        return []
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            if "sum" not in metadata or metadata.get("fingerprint") != fingerprint:
                return []
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
        if metadata["sum"] != _sum(tensors, metadata["history"]):
            raise ValueError("its sum is another")
        for name, module in modules.items():
            module.load_state_dict(_below(tensors, name))
        states = _states(_below(tensors, "optimiser"))
        groups = optimiser.state_dict()["param_groups"]
        optimiser.load_state_dict({"state": states, "param_groups": groups})
        _match_layout(optimiser)
        return json.loads(metadata["history"])
    except (OSError, SafetensorError, KeyError, RuntimeError, ValueError) as error:
        raise TrainingError(
            f"The checkpoint {path} cannot be used ({one_line(error)[:200]}): delete it, and run "
            "again."
        ) from error


def _sum(tensors: dict[str, Tensor], history: str) -> str:
    """SHA-256 over names, kinds, shapes, bytes and history."""
    digest = hashlib.sha256(history.encode())
    for key, tensor in sorted(tensors.items()):
        digest.update(f"{key} {tensor.dtype} {list(tensor.shape)}".encode())
        digest.update(tensor.cpu().numpy().tobytes())
    return digest.hexdigest()


def _match_layout(optimiser: Optimizer) -> None:
    # The fused kernels walk through weights and state side by side in memory: a state that came
    # back in another layout than its weight (channels last) would be read in the wrong order.
    for parameter, state in optimiser.state.items():
        for key, value in state.items():
            if value.shape == parameter.shape:
                state[key] = torch.empty_like(parameter.detach()).copy_(value)


def _tensors(state: dict[str, Any]) -> dict[str, Tensor]:
    return {key: value for key, value in state.items() if isinstance(value, Tensor)}


def _below(tensors: dict[str, Tensor], name: str) -> dict[str, Tensor]:
    return {
        key.removeprefix(f"{name}/"): tensor
        for key, tensor in tensors.items()
        if key.startswith(f"{name}/")
    }


def _states(tensors: dict[str, Tensor]) -> dict[int, dict[str, Tensor]]:
    states: dict[int, dict[str, Tensor]] = {}
    for key, tensor in tensors.items():
        index, name = key.split("/", 1)
        states.setdefault(int(index), {})[name] = tensor
    return states
