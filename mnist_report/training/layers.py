"""Networks by their names: building them, and looking at their layers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils._pytree import tree_leaves

from mnist_report.common.errors import RecipeError
from mnist_report.common.words import words

INPUT_SHAPE = (1, 28, 28)


@dataclass(frozen=True)
class LayerSummary:
    """One layer as it acts on one image; shapes are without the batch dimension."""

    name: str  # its place in the network
    kind: str  # its class
    output_shape: tuple[int, ...]
    parameters: int
    multiply_adds: int  # multiplications, each with its addition, of an image
    inputs: tuple[int, ...] = ()  # the shape it was given
    window: tuple[int, ...] = ()  # the size of the kernel of a convolution or pooling
    after: tuple[int, ...] = ()  # the layers that it acts on, -1 the image; if none, that before
    rest: bool = False  # what a module has and does itself, beside the layers in it


def count_parameters(model: nn.Module) -> int:
    """The number of parameters, of which some may be frozen."""
    return sum(p.numel() for p in model.parameters())


def summarise(model: nn.Module) -> list[LayerSummary]:
    """One `LayerSummary` a layer, in the order of the computation; all parameters are in one.

    Of a network of one's own these are the modules it calls. A module that holds layers has a row
    of its own if it holds parameters or multiplies, too, as attention does.
    """
    blank = torch.zeros(1, *INPUT_SHAPE, device=next(model.parameters()).device)
    with ExitStack() as stack:  # fused kernels hide their multiplications from the counter
        stack.enter_context(torch.backends.cudnn.flags(enabled=False))
        stack.enter_context(sdpa_kernel(SDPBackend.MATH))
        enabled, *_ = torch.backends.mkldnn.set_flags(False)
        stack.callback(torch.backends.mkldnn.set_flags, enabled)
        calls = _trace(model, blank)
    owned = Counter()  # parameters belong to their module, if it is not called to the one around it
    called = {call.name for call in calls}
    for name, parameter in model.named_parameters():
        while (name := name.rpartition(".")[0]) not in called:
            pass
        owned[name] += parameter.numel()
    rows = [c for c in calls if not c.rest or c.multiply_adds or owned[c.name]]
    places = {id(row): place for place, row in enumerate(rows)}
    windows = [getattr(c.layer, "kernel_size", ()) for c in rows]
    return [
        LayerSummary(
            name=c.name,
            kind=type(c.layer).__name__,
            output_shape=tuple(c.output.shape[1:]),
            parameters=owned.pop(c.name, 0),  # those of a layer that is called again count once
            multiply_adds=c.multiply_adds,
            inputs=tuple(c.inputs.shape[1:]),
            window=(w,) * (c.inputs.ndim - 2) if isinstance(w, int) else tuple(w),
            after=tuple(places.get(id(each), -1) for each in c.after),
            rest=c.rest,
        )
        for c, w in zip(rows, windows, strict=True)
    ]


def feature_maps(model: nn.Module, x: Tensor) -> dict[str, Tensor]:
    """Return what each convolution's block passes on for one image, after its activation.

    For `x` (1, 1, 28, 28), normalised, the name of each activation layer → (C, H, W), in order, of
    the convolutional part only; where activations are functions and no layers, those of the
    convolutions themselves. RecipeError if the network has no convolution.
    """
    traced = [call for call in _trace(model, x) if call.output.ndim == 4]
    for kind in (nn.ReLU, nn.Conv2d):
        if maps := {call.name: call.output[0] for call in traced if isinstance(call.layer, kind)}:
            return maps
    raise RecipeError("This network has no convolution whose maps could be shown.")


def first_filters(model: nn.Module) -> Tensor:
    """The kernels of the first convolution, (C, k, k); RecipeError if the network has none."""
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d):
            return layer.weight.detach()[:, 0]
    raise RecipeError("This network has no convolution whose filters could be shown.")


@dataclass(eq=False)
class _Call:
    """One call of a module, with the calls whose outputs it is given, None for the image."""

    name: str
    layer: nn.Module
    inputs: Tensor
    after: list[_Call | None]
    multiply_adds: int  # less those of the modules in it
    output: Tensor
    rest: bool = False  # modules in it were called


@torch.enable_grad()
def _trace(model: nn.Module, x: Tensor) -> list[_Call]:
    """The calls of modules as they end; by autograd's graph, on which outputs each of them acts."""
    from torch.utils.flop_counter import FlopCounterMode  # which imports Triton

    calls, opened, counter = [], [], FlopCounterMode(display=False)
    x = x.detach().requires_grad_().clone()  # may be changed in place
    makers = {x.grad_fn: None}

    def enter(layer: nn.Module, *given: Any) -> None:
        if opened:
            opened[-1].rest = True
            opened[-1].multiply_adds += counter.get_total_flops() // 2
        inputs, begun = _tensors(given) or [x], counter.get_total_flops() // 2
        after = _sources(inputs, makers)
        opened.append(_Call(names[layer], layer, inputs[0].detach(), after, -begun, inputs[0]))

    def leave(layer: nn.Module, args: Any, kwargs: Any, output: Any) -> None:
        call, ended = opened.pop(), counter.get_total_flops() // 2
        call.multiply_adds += ended
        if opened:
            opened[-1].multiply_adds -= ended
        for tensor in (given := _tensors(output))[:1]:
            call.output = tensor.detach().clone()  # some work in place
            calls.append(call)
        if not call.rest:
            makers.update({tensor.grad_fn: call for tensor in given if tensor.grad_fn})

    names, training = {layer: name for name, layer in model.named_modules()}, model.training
    with ExitStack() as hooks:
        for layer in names:
            hooks.callback(layer.register_forward_pre_hook(enter, with_kwargs=True).remove)
            hooks.callback(layer.register_forward_hook(leave, with_kwargs=True).remove)
        hooks.callback(model.train, training)
        with counter:
            model.eval()(x)
    return calls


def _tensors(values: Any) -> list[Tensor]:
    return [value for value in tree_leaves(values) if isinstance(value, Tensor)]


def _sources(inputs: list[Tensor], makers: Mapping[Any, _Call | None]) -> list[_Call | None]:
    """Return the calls that made these tensors: walk back in the graph as far as the first ones."""
    found, seen, nodes = [], set(), [tensor.grad_fn for tensor in inputs]
    while nodes:
        if (node := nodes.pop()) is None or node in seen:
            continue
        seen.add(node)
        if node in makers:
            found.append(makers[node])
        else:
            nodes += [before for before, _ in node.next_functions]
    return found


def layer_name(layer: LayerSummary, language: str | None = None) -> str:
    """Return what a layer does: "convolution 5×5", "ReLU"."""
    w, window = words(language), "×".join(map(str, layer.window))
    name = f"{w.get(f'layer_{layer.kind}', layer.kind)} {window}".rstrip()
    return w["layer_rest"].format(name) if layer.rest else name
