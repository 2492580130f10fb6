"""Local training of the plain network from many starts at once: how low does it get, against a certified lower bound.

All starts of a problem are trained together by Adam in float64 on the weight-decay objective; the best few are polished
with L-BFGS. What counts is the balanced objective (1/n) Σ ℓ + λ Σ ‖u_j‖|α_j|, which never exceeds the other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from enumerated_program import SmallProblem

WIDEST = 20


@dataclass
class Parameters:
    """W: S×d×m, a: S×m, b: S (zero and fixed without an output bias)."""

    W: np.ndarray
    a: np.ndarray
    b: np.ndarray

    def arrays(self) -> tuple[np.ndarray, ...]:
        return self.W, self.a, self.b

    def pick(self, rows: np.ndarray) -> "Parameters":
        return Parameters(*(array[rows].copy() for array in self.arrays()))


def start(problem: SmallProblem, starts: int, width: int, rng: np.random.Generator) -> Parameters:
    """Spread over three orders of magnitude of the first weights."""
    d = problem.X.shape[1]
    scales = 10.0 ** rng.uniform(-2, 1, (starts, 1))
    return Parameters(
        scales[:, :, None] * rng.standard_normal((starts, d, width)),
        scales * rng.standard_normal((starts, width)),
        np.zeros(starts),
    )


def losses_and_slopes(problem: SmallProblem, fit: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean loss of each start and its derivative by the fit (S×n)."""
    n, y = len(problem.y), problem.y
    if problem.loss == "squared":
        error = fit - y
        return (error**2).sum(axis=1) / (2 * n), error / n
    margins = y * fit
    return np.logaddexp(0, -margins).mean(axis=1), -y * np.exp(-np.logaddexp(0, margins)) / n


def forward(problem: SmallProblem, p: Parameters) -> tuple[np.ndarray, np.ndarray]:
    """Hidden layer S×n×m after the ReLU, and fits S×n."""
    hidden = np.maximum(np.matmul(problem.X, p.W), 0)
    return hidden, np.matmul(hidden, p.a[:, :, None])[:, :, 0] + p.b[:, None]


def decay_objective(problem: SmallProblem, p: Parameters) -> tuple[np.ndarray, Parameters]:
    """Weight-decay objective of each start and its gradient."""
    hidden, fit = forward(problem, p)
    loss, slope = losses_and_slopes(problem, fit)
    value = loss + problem.lam / 2 * ((p.W**2).sum(axis=(1, 2)) + (p.a**2).sum(axis=1))
    back = (slope[:, :, None] * p.a[:, None, :]) * (hidden > 0)
    dW = np.matmul(problem.X.T, back) + problem.lam * p.W
    da = np.matmul(hidden.transpose(0, 2, 1), slope[:, :, None])[:, :, 0] + problem.lam * p.a
    db = slope.sum(axis=1) if problem.output_bias else np.zeros_like(p.b)
    return value, Parameters(dW, da, db)


def balanced_objective(problem: SmallProblem, p: Parameters) -> np.ndarray:
    loss, _ = losses_and_slopes(problem, forward(problem, p)[1])
    return loss + problem.lam * (np.linalg.norm(p.W, axis=1) * np.abs(p.a)).sum(axis=1)


def adam(problem: SmallProblem, p: Parameters, steps: int, top_rate: float = 0.05) -> Parameters:
    """Learning rate falls along a half cosine."""
    first = [np.zeros_like(array) for array in p.arrays()]
    second = [np.zeros_like(array) for array in p.arrays()]
    for t in range(1, steps + 1):
        rate = top_rate * (1 + np.cos(np.pi * t / steps)) / 2
        _, gradient = decay_objective(problem, p)
        for array, g, m, v in zip(p.arrays(), gradient.arrays(), first, second):
            m += 0.1 * (g - m)
            v += 0.001 * (g * g - v)
            array -= rate * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-12)
    return p


def polish(problem: SmallProblem, p: Parameters) -> Parameters:
    """L-BFGS on one start."""
    shapes = [array.shape for array in p.arrays()]
    cuts = np.cumsum([array.size for array in p.arrays()])[:-1]

    def unpack(z: np.ndarray) -> Parameters:
        return Parameters(*(part.reshape(shape) for part, shape in zip(np.split(z, cuts), shapes)))

    def objective(z: np.ndarray):
        value, gradient = decay_objective(problem, unpack(z))
        return value[0], np.concatenate([array.ravel() for array in gradient.arrays()])

    z = np.concatenate([array.ravel() for array in p.arrays()])
    return unpack(
        minimize(objective, z, jac=True, method="L-BFGS-B", options={"maxiter": 500, "ftol": 1e-16, "gtol": 1e-12}).x
    )


def least_objective(
    problem: SmallProblem, starts: int, steps: int, rng: np.random.Generator, polished: int = 3
) -> float:
    """The least balanced objective over half the starts at width n + 1 and half at width 20."""
    least = np.inf
    for width in (len(problem.y) + 1, WIDEST):
        ends = adam(problem, start(problem, starts // 2, width, rng), steps)
        values = balanced_objective(problem, ends)
        least = min(least, float(values.min()))
        for row in np.argsort(values)[:polished]:
            least = min(least, float(balanced_objective(problem, polish(problem, ends.pick(np.array([row]))))[0]))
    return least
