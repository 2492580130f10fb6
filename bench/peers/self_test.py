"""Tests of the judge itself: patterns by two roads, the program by two roads, and false claims that must be refused."""

from __future__ import annotations

import cvxpy as cp
import numpy as np

from dual_bound import lower_bound
from enumerated_program import SmallProblem, solve
from exact_patterns import all_patterns, general_position_count, patterns_by_linear_programs
from judge_truth import judge, random_claim
from problems import Problem
from restarts import decay_objective, start


def check(name: str, good: bool, detail: str = "") -> bool:
    print(f"{'ok  ' if good else 'FAIL'} {name} {detail}")
    return good


def counts_in_general_position(rng: np.random.Generator) -> bool:
    shapes = [(5, 1), (6, 2), (9, 3), (12, 4), (12, 5), (3, 5)]
    found = [len(all_patterns(rng.standard_normal(shape))) for shape in shapes]
    return check(
        "count of patterns in general position",
        found == [general_position_count(n, min(n, d)) for n, d in shapes],
        str(found),
    )


def degenerate_patterns(rng: np.random.Generator) -> bool:
    """Duplicate, opposite and zero rows, dependent hyperplanes, a bias column."""
    matrices = [
        np.array([[1, 0], [1, 0], [-2, 0], [0, 0], [1, 1], [0, 3.0]]),
        rng.integers(-1, 2, (9, 3)).astype(float),
        rng.integers(-1, 2, (10, 4)).astype(float),
        np.hstack([rng.integers(-1, 2, (8, 2)), np.ones((8, 1))]),
        np.zeros((3, 2)),
    ]
    same = [np.array_equal(all_patterns(X), patterns_by_linear_programs(X)) for X in matrices]
    return check("degenerate patterns against linear programs", all(same), str(same))


def whole_program_value(problem: SmallProblem) -> float:
    """All blocks at once, straight from the definition (v and w of their own, exponential cones for logistic)."""
    X, n = problem.X, len(problem.y)
    fit, penalty, constraints = 0, 0, []
    b0 = cp.Variable() if problem.output_bias else 0.0
    for pattern in all_patterns(X).astype(float):
        for s in (1.0, -1.0):
            u = cp.Variable(X.shape[1])
            fit = fit + s * cp.multiply(pattern, X @ u)
            penalty = penalty + cp.norm(u, 2)
            constraints.append(cp.multiply(2 * pattern - 1, X @ u) >= 0)
    fit = fit + b0
    loss = (
        cp.sum_squares(fit - problem.y) / 2
        if problem.loss == "squared"
        else cp.sum(cp.logistic(-cp.multiply(problem.y, fit)))
    )
    return float(cp.Problem(cp.Minimize(loss / n + problem.lam * penalty), constraints).solve(solver=cp.CLARABEL))


def whole_programs(rng: np.random.Generator) -> bool:
    differences = []
    for loss in ("squared", "logistic"):
        for output_bias in (False, True):
            X, y = rng.standard_normal((6, 3)), rng.standard_normal(6)
            y = np.array([1.0, -1.0] * 3) if loss == "logistic" else y
            problem = SmallProblem(X, y, 0.05, loss, output_bias)
            truth, whole = solve(problem), whole_program_value(problem)
            differences.append(abs(truth.upper - whole) / whole)
    return check(
        "program against all blocks at once",
        max(differences) < 1e-6,
        f"largest relative difference {max(differences):.1e}",
    )


def gradients(rng: np.random.Generator) -> bool:
    """The trainer's gradient against finite differences."""
    worst = 0.0
    for loss in ("squared", "logistic"):
        problem = SmallProblem(rng.standard_normal((7, 3)), np.where(rng.random(7) < 0.5, 1.0, -1.0), 0.1, loss, True)
        p = start(problem, 4, 5, rng)
        _, gradient = decay_objective(problem, p)
        for array, g in zip(p.arrays(), gradient.arrays()):
            at = (0,) * array.ndim
            kept, step = array[at], 1e-6 * max(1.0, abs(array[at]))
            array[at] = kept + step
            above = decay_objective(problem, p)[0][0]
            array[at] = kept - step
            below = decay_objective(problem, p)[0][0]
            array[at] = kept
            worst = max(worst, abs((above - below) / (2 * step) - g[at]) / max(1.0, abs(g[at])))
    return check("gradient of the local trainer", worst < 1e-5, f"{worst:.1e}")


def false_claims(rng: np.random.Generator) -> bool:
    claim = random_claim(rng)
    wrong = [
        {**claim, "primal": claim["primal"] * 1.0001},
        {**claim, "primal": claim["primal"] * 0.9999},
        {**claim, "dual": claim["primal"] * 1.0001},
        {**claim, "lambda": claim["lambda"] * 1.01},
        {**claim, "network": {"hidden": [[1.0] * len(claim["X"][0])], "hiddenBias": [0.0], "output": [1.0]}},
    ]
    refused = [bool(judge(c, 1e-6)[0]["failures"]) for c in wrong]
    return check(
        "false claims are refused, the true one is not",
        all(refused) and not judge(claim, 1e-6)[0]["failures"],
        str(refused),
    )


def sampled_program(problem: Problem, lam: float, gated: bool) -> tuple[float, np.ndarray]:
    """Optimal value and residual of the program over the problem's patterns, by Clarabel."""
    X, y, D = problem.X, problem.y, problem.D.astype(float)
    signs = (1.0,) if gated else (1.0, -1.0)
    blocks = [(s, i, cp.Variable(X.shape[1])) for s in signs for i in range(D.shape[1])]
    fit = sum(s * cp.multiply(D[:, i], X @ u) for s, i, u in blocks)
    cones = [] if gated else [cp.multiply(2 * D[:, i] - 1, X @ u) >= 0 for _, i, u in blocks]
    objective = cp.sum_squares(fit - y) / (2 * len(y)) + lam * sum(cp.norm(u, 2) for _, _, u in blocks)
    value = cp.Problem(cp.Minimize(objective), cones).solve(solver=cp.CLARABEL)
    return float(value), y - fit.value


def lower_bounds(rng: np.random.Generator) -> bool:
    """Tight at the optimum's residual, and never above the optimum whatever the vector."""
    slack, valid = 0.0, True
    for gated in (False, True):
        X, y, gates = rng.standard_normal((12, 3)), rng.standard_normal(12), rng.standard_normal((3, 6))
        problem = Problem("random", X, X, np.ones(3), y, gates, gates, (X @ gates >= 0).astype(np.uint8))
        value, residual = sampled_program(problem, 0.03, gated)
        slack = max(slack, 1 - lower_bound(problem, residual, 0.03, gated) / value)
        others = [residual + t * rng.standard_normal(12) for t in (1e-3, 1e-2, 0.1, 1.0) for _ in range(10)]
        valid &= all(lower_bound(problem, r, 0.03, gated) <= value * (1 + 1e-9) for r in [residual, *others])
    return check("lower bounds of the sampled programs", valid and slack < 1e-6, f"slack {slack:.1e}")


def run() -> int:
    rng = np.random.default_rng(7)
    tests = (counts_in_general_position, degenerate_patterns, whole_programs, gradients, lower_bounds, false_claims)
    results = [test(rng) for test in tests]
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
    return 0 if all(results) else 1
