"""What a fixture is: a network by its weights, and a case that writes one exported file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

ROWS = 7
EXACT, FOLDED = 1e-12, 1e-5


@dataclass
class Weights:
    """hidden m×d, hidden_bias m, output m×c, output_bias c, float64."""

    hidden: np.ndarray
    hidden_bias: np.ndarray
    output: np.ndarray
    output_bias: np.ndarray

    def scores(self, inputs: np.ndarray) -> np.ndarray:
        return np.maximum(inputs @ self.hidden.T + self.hidden_bias, 0) @ self.output + self.output_bias

    def scaled(self, mean: np.ndarray, factor: np.ndarray) -> "Weights":
        """The network x ↦ net((x − mean)·factor) as a network of x."""
        hidden = self.hidden * factor
        return Weights(hidden, self.hidden_bias - hidden @ mean, self.output, self.output_bias)

    def json(self) -> dict:
        return {
            "hidden": self.hidden.tolist(),
            "hiddenBias": self.hidden_bias.tolist(),
            "output": self.output.tolist(),
            "outputBias": self.output_bias.tolist(),
        }


def sigmoid(scores: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-scores))


def softmax(scores: np.ndarray) -> np.ndarray:
    shifted = np.exp(scores - scores.max(axis=1, keepdims=True))
    return shifted / shifted.sum(axis=1, keepdims=True)


def two_columns(scores: np.ndarray) -> np.ndarray:
    """A binary classifier's probabilities of both classes."""
    return np.hstack([1 - sigmoid(scores), sigmoid(scores)])


@dataclass
class Case:
    """One exported file. `head` maps scores to the runtime output `watched` (by position)."""

    name: str
    about: str
    exporter: str
    write: Callable[[Path], None]
    inputs: np.ndarray
    weights: Weights | None = None
    tolerance: float = EXACT
    head: Callable[[np.ndarray], np.ndarray] = lambda scores: scores
    watched: int = 0
    refusal: str | None = None
    dtype: type = np.float32
