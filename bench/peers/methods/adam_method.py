"""torch: Adam on the plain network with weight decay λ/2 (‖W‖² + ‖a‖²), float32, judged in balanced form.

Evaluation is not counted in the time. Records the objective against CPU seconds (`trace`), the least one up to each
checkpoint, and the first time at which the network is within 0.1 % of the best that this run ever shows, and of
`options.target`. With a target a run ends at twice the time it took to get there, but not before MINIMAL_SECONDS.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from evaluate import Verdict, group_norms, judge_network
from methods import Answer, Options, Stopwatch

EVALUATIONS_PER_DECADE = 50
WITHIN = 1.001
MINIMAL_SECONDS = 3.0
# Adam leaves no weight at exactly zero: neurons with less than this share of the largest ‖u‖|α| are not counted.
NEGLIGIBLE = 1e-3
INITIAL_DEVIATION = 0.1


class Network:
    """relu(X Wᵀ) a. Of four starts tried (torch's default, He's, one scaled by the rows' norms, small normal weights) the
    small one led, or was within 0.1 %, on all five problems at 3 CPU s: the peer is shown at its better side."""

    def __init__(self, d: int, width: int, generator: torch.Generator) -> None:
        self.hidden = torch.randn(width, d, generator=generator).mul_(INITIAL_DEVIATION)
        self.output = torch.randn(width, generator=generator).mul_(INITIAL_DEVIATION)
        for parameter in self.parameters():
            parameter.requires_grad_(True)

    def parameters(self) -> list[torch.Tensor]:
        return [self.hidden, self.output]

    def objective(self, X: torch.Tensor, y: torch.Tensor, lam: float) -> torch.Tensor:
        residual = torch.relu(X @ self.hidden.T) @ self.output - y
        decay = self.hidden.pow(2).sum() + self.output.pow(2).sum()
        return residual.pow(2).mean() / 2 + lam / 2 * decay

    def judge(self, problem, lam: float) -> Verdict:
        hidden, output = self.hidden.detach().numpy(), self.output.detach().numpy()
        verdict = judge_network(problem.X, problem.y, hidden, output, lam)
        sizes = group_norms(hidden) * np.abs(output)
        return replace(verdict, neurons=int((sizes > NEGLIGIBLE * sizes.max()).sum()))


def step(network: Network, optimizer, X, y, lam: float, batch: int, generator) -> None:
    rows = slice(None) if batch >= len(y) else torch.randint(len(y), (batch,), generator=generator)
    optimizer.zero_grad()
    network.objective(X[rows], y[rows], lam).backward()
    optimizer.step()


def history(problem, lam: float, options: Options, width: int, learning_rate: float):
    """Yields (CPU seconds, wall seconds, verdict) at geometrically spaced CPU times up to the cap."""
    generator = torch.Generator().manual_seed(options.seed)
    X, y = torch.tensor(problem.X, dtype=torch.float32), torch.tensor(problem.y, dtype=torch.float32)
    network, watch = Network(X.shape[1], width, generator), Stopwatch()
    optimizer = torch.optim.Adam(network.parameters(), lr=learning_rate)
    batch, due = options.batch or len(y), 0.05
    end = options.cap_cpu
    while watch.cpu < end:
        with watch.running():
            step(network, optimizer, X, y, lam, batch, generator)
        if watch.cpu >= due:
            verdict = network.judge(problem, lam)
            yield watch.cpu, watch.wall, verdict
            due = watch.cpu * 10 ** (1 / EVALUATIONS_PER_DECADE)
            if end == options.cap_cpu and near(verdict, options.target):
                end = min(end, max(MINIMAL_SECONDS, 2 * watch.cpu))
    yield watch.cpu, watch.wall, network.judge(problem, lam)


def near(verdict: Verdict, target: float | None) -> bool:
    return target is not None and verdict.objective <= WITHIN * target


def at_checkpoints(trace: list, checkpoints: tuple[float, ...]) -> dict[str, float]:
    """The least objective seen up to each checkpoint that the run has reached."""
    return {
        f"{limit:g}s": min(verdict.objective for cpu, _, verdict in trace if cpu <= limit)
        for limit in checkpoints
        if limit <= trace[-1][0] * 1.05 and trace[0][0] <= limit
    }


def train(problem, lam: float, threads: int, options: Options, width: int, learning_rate: float) -> Answer:
    torch.set_num_threads(threads)
    trace = list(history(problem, lam, options, width, learning_rate))
    best = min((verdict for _, _, verdict in trace), key=lambda verdict: verdict.objective)
    near_own = next(cpu for cpu, _, verdict in trace if near(verdict, best.objective))
    extra = {
        "checkpoints": at_checkpoints(trace, options.checkpoints),
        "cpu_to_within_0.1_percent_of_own_best": near_own,
        "cpu_to_target": next((cpu for cpu, _, verdict in trace if near(verdict, options.target)), None),
        "trace": [[round(cpu, 4), verdict.objective] for cpu, _, verdict in trace],
    }
    return Answer(best, trace[-1][0], trace[-1][1], f"batch {options.batch or len(problem.y)}; least seen", extra)
