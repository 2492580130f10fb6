"""Other trainers of the plain network, restarted until their time is up: L-BFGS in torch, and scikit-learn's MLPRegressor.

The objective is that of all: weight decay λ/2 (‖W‖² + ‖a‖²), judged in balanced form after each restart; the best counts.
`trace` holds (CPU seconds, best objective so far). Judging is not counted.
"""

from __future__ import annotations

import warnings

import numpy as np
import torch
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPRegressor

from evaluate import Verdict, judge_network
from methods import Answer, Options, Stopwatch
from methods.adam_method import Network

# Iterations between two looks at the clock.
LBFGS_STEPS = 20
LBFGS_TOLERANCE = 1e-7


class Best:
    """Restarts on one clock: remembers the best network seen."""

    def __init__(self, options: Options) -> None:
        self.watch, self.cap = Stopwatch(), options.cap_cpu
        self.verdict: Verdict | None = None
        self.trace: list = []
        self.starts = 0

    @property
    def due(self) -> bool:
        return self.watch.cpu >= self.cap

    def offer(self, verdict: Verdict) -> None:
        if self.verdict is None or verdict.objective < self.verdict.objective:
            self.verdict = verdict
        self.trace.append([round(self.watch.cpu, 4), self.verdict.objective, 0.0])

    def answer(self) -> Answer:
        extra = {"trace": self.trace, "starts": self.starts}
        return Answer(self.verdict, self.watch.cpu, self.watch.wall, f"{self.starts} starts; least seen", extra)


def train_lbfgs(problem, lam: float, threads: int, options: Options, width: int) -> Answer:
    """torch.optim.LBFGS in float64 with its strong Wolfe search, full batch."""
    torch.set_num_threads(threads)
    best, X, y = Best(options), torch.tensor(problem.X), torch.tensor(problem.y)
    while not best.due:
        generator = torch.Generator().manual_seed(options.seed + best.starts)
        network = Network(X.shape[1], width, generator)
        network.hidden = network.hidden.detach().double().requires_grad_(True)
        network.output = network.output.detach().double().requires_grad_(True)
        optimizer = torch.optim.LBFGS(
            network.parameters(), max_iter=LBFGS_STEPS, history_size=20, line_search_fn="strong_wolfe"
        )
        best.starts += 1
        descend(best, network, optimizer, X, y, problem, lam)
    return best.answer()


def descend(best: Best, network: Network, optimizer, X, y, problem, lam: float) -> None:
    def closure():
        optimizer.zero_grad()
        value = network.objective(X, y, lam)
        value.backward()
        return value

    before = np.inf
    while not best.due:
        with best.watch.running():
            optimizer.step(closure)
        verdict = network.judge(problem, lam)
        best.offer(verdict)
        if not before - verdict.objective > LBFGS_TOLERANCE * verdict.objective:
            return
        before = verdict.objective


class Unbiased(MLPRegressor):
    """MLPRegressor with its biases held at zero: the network that all the others train."""

    def _init_coef(self, fan_in, fan_out, dtype):
        coefficients, intercepts = super()._init_coef(fan_in, fan_out, dtype)
        return coefficients, np.zeros_like(intercepts)

    def _compute_loss_grad(self, layer, *arguments):
        super()._compute_loss_grad(layer, *arguments)
        arguments[-1][layer][:] = 0  # the gradients of the intercepts come last


def train_sklearn(problem, lam: float, threads: int, options: Options, width: int, solver: str) -> Answer:
    """alpha is the decay of the summed, not of the mean loss: λn."""
    best = Best(options)
    while not best.due:
        model = Unbiased(
            hidden_layer_sizes=(width,),
            solver=solver,
            alpha=lam * len(problem.y),
            max_iter=2000,
            tol=1e-8 if solver == "lbfgs" else 1e-6,
            random_state=options.seed + best.starts,
        )
        with best.watch.running(), warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(problem.X, problem.y)
        best.starts += 1
        hidden, output = model.coefs_
        if any(np.any(bias) for bias in model.intercepts_):
            raise RuntimeError("sklearn moved the biases that should stay at zero")
        best.offer(judge_network(problem.X, problem.y, hidden.T, output[:, 0], lam))
    return best.answer()
