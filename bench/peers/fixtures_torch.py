"""Networks exported by torch: its TorchScript exporter and its present one (torch.export)."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import torch

from fixture_case import FOLDED, ROWS, Case, Weights, sigmoid, softmax


class Plain(torch.nn.Module):
    """Linear – ReLU – Linear, with an optional head and optional parts around."""

    def __init__(self, d: int, m: int, c: int, bias: bool = True, norm: bool = False, head=None) -> None:
        super().__init__()
        self.first = torch.nn.Linear(d, m, bias=bias)
        self.norm = torch.nn.BatchNorm1d(m) if norm else torch.nn.Identity()
        self.second = torch.nn.Linear(m, c, bias=bias)
        self.head = head or torch.nn.Identity()

    def forward(self, x):
        return self.head(self.second(torch.relu(self.norm(self.first(x)))))


class Written(torch.nn.Module):
    """The same by matrix products, with standardising inside and a squeezed output."""

    def __init__(self, d: int, m: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.linspace(-1, 1, d))
        self.register_buffer("deviation", torch.linspace(0.5, 2, d))
        self.W = torch.nn.Parameter(torch.randn(d, m))
        self.h = torch.nn.Parameter(torch.randn(m))
        self.a = torch.nn.Parameter(torch.randn(m, 1))
        self.b = torch.nn.Parameter(torch.randn(1))

    def forward(self, x):
        return ((((x - self.mean) / self.deviation) @ self.W + self.h).clamp(min=0) @ self.a + self.b).squeeze(-1)


def double(tensor: torch.Tensor | None, length: int = 0) -> np.ndarray:
    return np.zeros(length) if tensor is None else tensor.detach().numpy().astype(np.float64)


def weights_of(module: Plain) -> Weights:
    hidden, output = double(module.first.weight), double(module.second.weight)
    weights = Weights(hidden, double(module.first.bias, len(hidden)), output.T, double(module.second.bias, len(output)))
    if isinstance(module.norm, torch.nn.BatchNorm1d):
        norm = module.norm
        scale = double(norm.weight) / np.sqrt(double(norm.running_var) + norm.eps)
        weights.hidden_bias = (weights.hidden_bias - double(norm.running_mean)) * scale + double(norm.bias)
        weights.hidden = hidden * scale[:, None]
    return weights


def written_weights(module: Written) -> Weights:
    weights = Weights(double(module.W).T, double(module.h), double(module.a), double(module.b))
    return weights.scaled(double(module.mean), 1 / double(module.deviation))


def shake_norm(module: Plain) -> Plain:
    """Statistics as after training, not the trivial ones."""
    with torch.no_grad():
        module.norm.running_mean.uniform_(-1, 1)
        module.norm.running_var.uniform_(0.5, 2)
        module.norm.weight.uniform_(0.5, 2)
        module.norm.bias.uniform_(-1, 1)
    return module


def exporter_of(module: torch.nn.Module, d: int, present: bool, dtype=torch.float32, external: bool = False):
    """A function that writes the module to a path."""
    sample = (torch.zeros(2, d, dtype=dtype),)

    def write(path: Path) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if present:
                batch = torch.export.Dim("batch")
                torch.onnx.export(
                    module.eval(),
                    sample,
                    str(path),
                    input_names=["x"],
                    output_names=["f"],
                    dynamic_shapes=({0: batch},),
                    external_data=external,
                    dynamo=True,
                    verbose=False,
                )
            else:
                torch.onnx.export(
                    module.eval(),
                    sample,
                    str(path),
                    input_names=["x"],
                    output_names=["f"],
                    dynamic_axes={"x": {0: "batch"}, "f": {0: "batch"}},
                    dynamo=False,
                )

    return write


LEGACY, PRESENT = "torch, TorchScript exporter", "torch, torch.export exporter"


def torch_case(name: str, about: str, module, d: int, present: bool, rng, dtype=torch.float32, **more) -> Case:
    external = more.pop("external", False)
    weights = None if more.get("refusal") else (written_weights if isinstance(module, Written) else weights_of)(module)
    numpy_type = np.float64 if dtype == torch.float64 else np.float32
    inputs = rng.standard_normal((ROWS, d)).astype(numpy_type)
    write = exporter_of(module, d, present, dtype, external)
    return Case(name, about, PRESENT if present else LEGACY, write, inputs, weights, dtype=numpy_type, **more)


def torch_cases(rng: np.random.Generator) -> list[Case]:
    torch.manual_seed(0)
    shared, sigmoid_net, written = Plain(3, 5, 1), Plain(4, 6, 1, head=torch.nn.Sigmoid()), Written(4, 6)
    deep = torch.nn.Sequential(
        torch.nn.Linear(3, 4), torch.nn.ReLU(), torch.nn.Linear(4, 4), torch.nn.ReLU(), torch.nn.Linear(4, 1)
    )
    tanh = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1))
    return [
        torch_case("torch-legacy", "Linear, ReLU, Linear with biases", shared, 3, False, rng),
        torch_case("torch-present", "the same network, the present exporter", shared, 3, True, rng),
        torch_case("torch-external", "weights in a second file", Plain(6, 24, 1), 6, True, rng, external=True),
        torch_case("torch-legacy-no-bias", "no biases", Plain(4, 6, 1, bias=False), 4, False, rng),
        torch_case("torch-present-no-bias", "no biases", Plain(4, 6, 1, bias=False), 4, True, rng),
        torch_case("torch-legacy-three-outputs", "three outputs", Plain(3, 6, 3), 3, False, rng),
        torch_case("torch-present-float64", "float64", Plain(3, 5, 2).double(), 3, True, rng, dtype=torch.float64),
        torch_case(
            "torch-legacy-batch-norm",
            "batch normalisation before the ReLU",
            shake_norm(Plain(3, 5, 1, norm=True)),
            3,
            False,
            rng,
            tolerance=FOLDED,
        ),
        torch_case(
            "torch-present-batch-norm",
            "batch normalisation before the ReLU",
            shake_norm(Plain(3, 5, 1, norm=True)),
            3,
            True,
            rng,
            tolerance=FOLDED,
        ),
        torch_case(
            "torch-legacy-written",
            "matrix products, standardising inside, clamp, squeezed output",
            written,
            4,
            False,
            rng,
            tolerance=FOLDED,
            head=lambda s: s[:, 0],
        ),
        torch_case(
            "torch-present-written",
            "matrix products, standardising inside, clamp, squeezed output",
            written,
            4,
            True,
            rng,
            tolerance=FOLDED,
            head=lambda s: s[:, 0],
        ),
        torch_case("torch-legacy-sigmoid", "sigmoid head", sigmoid_net, 4, False, rng, head=sigmoid),
        torch_case(
            "torch-present-softmax",
            "softmax head",
            Plain(3, 6, 3, head=torch.nn.Softmax(dim=1)),
            3,
            True,
            rng,
            head=softmax,
        ),
        torch_case("torch-legacy-deep", "three layers", deep, 3, False, rng, refusal="layers"),
        torch_case("torch-present-tanh", "another activation", tanh, 3, True, rng, refusal="Tanh"),
    ]
