"""cvxpy: the sampled programs as second-order cone programs, for interior-point and splitting solvers.

The time covers what a user pays: the model, cvxpy's translation and the solver; `solver_seconds` is what the solver says of its
own part. Each solver gets its tolerances and time enough; the CPU cap ends the process.
"""

from __future__ import annotations

import cvxpy as cp
import numpy as np

from evaluate import judge_gated, judge_relu
from methods import Answer, Options, Stopwatch

# How each solver names its tolerances and its time limit.
TOLERANCES = {
    "CLARABEL": ("tol_gap_abs", "tol_gap_rel", "tol_feas"),
    "SCS": ("eps_abs", "eps_rel"),
    "ECOS": ("abstol", "reltol", "feastol"),
}
TIME_LIMITS = {"CLARABEL": "time_limit", "SCS": "time_limit_secs"}
# Their limits are of wall time: on a busy machine the CPU cap comes first.
WALL_FACTOR = 8
# SCS stops by default after 100,000 iterations, ECOS after 100: the cap shall end them instead.
ITERATIONS = {"SCS": {"max_iters": 10_000_000}, "ECOS": {"max_iters": 1000}}


def settings_of(solver: str, tol: float, options: Options) -> dict:
    limit = {TIME_LIMITS[solver]: WALL_FACTOR * options.cap_cpu} if solver in TIME_LIMITS else {}
    return {**{name: tol for name in TOLERANCES[solver]}, **limit, **ITERATIONS.get(solver, {})}


def fit_of(problem, U):
    """Σ D_i X u_i for U of P×d."""
    return cp.sum(cp.multiply(problem.D.astype(np.float64), problem.X @ U.T), axis=1)


def norms(U):
    return cp.sum(cp.norm(U, 2, axis=1))


def solve(problem, lam: float, options: Options, solver: str, tol: float, blocks: int):
    """The values of `blocks` matrices P×d (one: gated; two: ReLU, the second subtracted and both in their cones)."""
    shape = (problem.D.shape[1], problem.X.shape[1])
    watch = Stopwatch()
    with watch.running():
        parts = [cp.Variable(shape) for _ in range(blocks)]
        signs = 2.0 * problem.D - 1.0
        cones = [cp.multiply(signs, problem.X @ U.T) >= 0 for U in parts] if blocks == 2 else []
        residual = fit_of(problem, parts[0] - parts[1] if blocks == 2 else parts[0]) - problem.y
        loss = cp.sum_squares(residual) / (2 * len(problem.y))
        program = cp.Problem(cp.Minimize(loss + lam * sum(norms(U) for U in parts)), cones)
        program.solve(solver=solver, **settings_of(solver, tol, options))
    values = [U.value for U in parts]
    extra = {"solver_seconds": program.solver_stats.solve_time}
    note = "" if program.status == cp.OPTIMAL else f"status {program.status}"
    return (None if values[0] is None else values), watch, note, extra


def solve_gated(problem, lam: float, threads: int, options: Options, solver: str, tol: float) -> Answer:
    values, watch, note, extra = solve(problem, lam, options, solver, tol, 1)
    verdict = None if values is None else judge_gated(problem.X, problem.y, problem.D, values[0], lam)
    return Answer(verdict, watch.cpu, watch.wall, note, extra)


def solve_relu(problem, lam: float, threads: int, options: Options, solver: str, tol: float) -> Answer:
    values, watch, note, extra = solve(problem, lam, options, solver, tol, 2)
    verdict = None if values is None else judge_relu(problem.X, problem.y, problem.D, *values, lam)
    return Answer(verdict, watch.cpu, watch.wall, note, extra)
