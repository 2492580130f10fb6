"""adelie: group elastic net over `matrix.convex_relu`, with `constraint.linear` for the cones and penalty = 1.

The time covers the matrix, the constraints and the solve. A path runs geometrically from an upper bound of λ_max down to
the λ that is asked for; only its last point is judged.
"""

from __future__ import annotations

import adelie as ad
import numpy as np

from evaluate import judge_gated, judge_relu
from methods import Answer, Options, Stopwatch


def lambda_grid(problem, lam: float, points: int | None) -> np.ndarray:
    """One value, or a geometric grid from max_i ‖XᵀD_i y‖/n (an upper bound of the ReLU program's λ_max)."""
    if points is None:
        return np.array([lam])
    top = np.linalg.norm(problem.X.T @ (problem.D * problem.y[:, None]), axis=0).max() / len(problem.y)
    return np.geomspace(max(top, lam), lam, points)


def cone_constraints(X: np.ndarray, D: np.ndarray, threads: int) -> list:
    """For each pattern −(2D_i − I)X u ≤ 0, and all again for the negative part."""
    n, p = D.shape
    lower, upper = np.full(n, -np.inf), np.zeros(n)
    signs = 1.0 - 2.0 * D

    def constraint(i: int):
        rows = np.ascontiguousarray(signs[:, i, None] * X)
        return ad.constraint.linear(rows, lower, upper, configs={"n_threads": threads})

    return [constraint(i % p) for i in range(2 * p)]


def grpnet(problem, lambdas: np.ndarray, threads: int, tol: float, gated: bool):
    d, blocks = problem.X.shape[1], problem.D.shape[1] * (1 if gated else 2)
    matrix = ad.matrix.convex_relu(
        np.asfortranarray(problem.X), np.asfortranarray(problem.D.astype(bool)), gated=gated, n_threads=threads
    )
    return ad.grpnet(
        X=matrix,
        glm=ad.glm.gaussian(y=problem.y),
        groups=d * np.arange(blocks),
        penalty=np.ones(blocks),
        constraints=None if gated else cone_constraints(problem.X, problem.D, threads),
        lmda_path=lambdas,
        tol=tol,
        n_threads=threads,
        intercept=False,
        early_exit=False,
        progress_bar=False,
    )


def blocks_of(state, d: int) -> np.ndarray | None:
    """The last point of the path as blocks×d, None when the solver returned none."""
    if state.betas.shape[0] == 0:
        return None
    return np.asarray(state.betas[-1].todense()).reshape(-1, d)


def run(problem, lam: float, threads: int, tol: float, gated: bool, path_points: int | None):
    watch = Stopwatch()
    lambdas = lambda_grid(problem, lam, path_points)
    with watch.running():
        state = grpnet(problem, lambdas, threads, tol, gated)
    blocks = blocks_of(state, problem.X.shape[1])
    reached = len(state.lmdas) == len(lambdas)
    note = "" if reached else f"returned {len(state.lmdas)} of {len(lambdas)} lambdas: {state.error}"
    return (blocks if reached else None), watch, note


def solve_gated(
    problem, lam: float, threads: int, options: Options, tol: float, path_points: int | None = None
) -> Answer:
    U, watch, note = run(problem, lam, threads, tol, True, path_points)
    verdict = None if U is None else judge_gated(problem.X, problem.y, problem.D, U, lam)
    return Answer(verdict, watch.cpu, watch.wall, note)


def solve_relu(
    problem, lam: float, threads: int, options: Options, tol: float, path_points: int | None = None
) -> Answer:
    blocks, watch, note = run(problem, lam, threads, tol, False, path_points)
    if blocks is None:
        return Answer(None, watch.cpu, watch.wall, note)
    V, W = np.split(blocks, 2)
    return Answer(judge_relu(problem.X, problem.y, problem.D, V, W, lam), watch.cpu, watch.wall, note)
