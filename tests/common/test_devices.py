"""Precision and compiling; an accelerator is only imitated, as CI has none."""

import pytest
import torch

from mnist_report.common import devices
from mnist_report.common.errors import TrainingError

CPU, CUDA = torch.device("cpu"), torch.device("cuda")


@pytest.fixture
def capabilities(monkeypatch):
    """What the processor is said to have; asked for anew in each test."""
    found = {}
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: found, raising=False)
    devices.cpu_has_matrix_units.cache_clear()
    yield found
    devices.cpu_has_matrix_units.cache_clear()


@pytest.mark.parametrize(("able", "dtype"), [(True, torch.bfloat16), (False, torch.float32)])
def test_a_cpu_computes_in_bfloat16_if_it_has_units_for_it(capabilities, able, dtype):
    capabilities["amx_bf16"] = able
    assert devices.precision(CPU) == dtype
    with devices.autocast(CPU):
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == dtype


def test_a_processor_without_such_a_feature_computes_in_float32(capabilities):
    assert devices.precision(CPU) == torch.float32


def test_a_release_that_knows_no_features_computes_in_float32(capabilities, monkeypatch):
    monkeypatch.delattr(torch.cpu, "get_capabilities")
    assert devices.precision(CPU) == torch.float32


@pytest.mark.parametrize(("able", "dtype"), [(True, torch.bfloat16), (False, torch.float32)])
def test_a_gpu_computes_in_bfloat16_if_it_can(monkeypatch, able, dtype):
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: able)
    assert devices.precision(CUDA) == dtype


def test_autocast_is_on_for_a_gpu_that_can(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: True)
    monkeypatch.setattr(torch.cuda.amp.common, "amp_definitely_not_available", lambda: False)
    context = devices.autocast(CUDA)
    assert (context.device, context.fast_dtype) == ("cuda", torch.bfloat16)


def test_tf32_is_for_cuda_alone(monkeypatch):
    asked = []
    monkeypatch.setattr(torch, "set_float32_matmul_precision", asked.append)
    devices.allow_tf32(CPU)
    assert asked == []
    devices.allow_tf32(CUDA)
    assert asked == ["high"]


class CompilerError(RuntimeError):
    """Stands for an error of torch's compiler, which is known by its module."""

    __module__ = "torch._inductor.exc"


def test_a_failing_compiler_is_told_in_one_line():
    line = r"\(No compiler found\): train without --compile"
    with pytest.raises(TrainingError, match=line), devices.compiler_errors():
        raise CompilerError("No compiler found.\n\nMuch more.")


def test_other_errors_pass():
    with pytest.raises(RuntimeError, match="out of memory"), devices.compiler_errors():
        raise RuntimeError("out of memory")
