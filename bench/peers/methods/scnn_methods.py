"""scnn: AL for the ReLU program, R-FISTA for the gated one, as its own `optimize_model` runs them.

The time is that of the whole call, as a user waits for it. `unitize_data` is off because the problems come with unit-norm
columns already. The regulariser's lambda needs no conversion: one output, so scnn's scale is 1/(2n) too.
"""

from __future__ import annotations

import time

import numpy as np
import scnn.optimize
from scnn.metrics import Metrics
from scnn.models import ConvexGatedReLU, ConvexReLU
from scnn.regularizers import NeuronGL1
from scnn.solvers import AL, RFISTA, CVXPYSolver

from evaluate import judge_gated, judge_relu
from methods import Answer, Options, Stopwatch


# Shares of its CPU time that a run may go on between two looks at its objective (which are not counted).
LOOK_EVERY = 0.03
# For runs that only the target or the cap ends: scnn's own test compares a squared gradient norm with `tol`.
ENDLESS = {"tol": 1e-30, "max_iters": 10_000_000}


class Ended(Exception):
    """Raised inside the solver's loop; the last iterate is kept by the guard."""


class Guard:
    """Watches a running solver: remembers its model and whether it converged, stops it at the CPU cap, or when
    `arrived(model, seconds)` says so.

    optimize_model has no time limit and no call-back argument, but the procedure that it builds takes a call-back,
    so the builder is replaced by one that passes ours.
    """

    def __init__(self, cap_cpu: float, arrived=None) -> None:
        self.cap = cap_cpu
        self.arrived = arrived
        self.clock = Stopwatch()
        self.started = time.process_time()
        self.next_look = 0.0
        self.model = None
        self.status: dict = {}
        self.capped = False
        self.reached: float | None = None

    def seconds(self) -> float:
        """CPU seconds since the start without those of `arrived` (the clock holds them as a negative number)."""
        return time.process_time() - self.started + self.clock.cpu

    def watch(self, model, X, y):
        self.model = model
        if self.seconds() > self.cap:
            self.capped = True
            raise Ended
        if self.arrived is not None and self.seconds() >= self.next_look:
            self.look(model)
        return model

    def look(self, model) -> None:
        now = self.seconds()
        self.next_look = now * (1 + LOOK_EVERY)
        with self.clock.paused():
            arrived = self.arrived(model, now)
        if arrived:
            self.reached = now
            raise Ended

    def guarded(self, build):
        def build_guarded(*arguments):
            procedure = build(*arguments)

            def run(*inputs):
                result = procedure(*inputs, callback=self.watch)
                self.status, self.model = result[0], result[1]
                return result

            return run

        return build_guarded

    def run(self, solve) -> None:
        build = scnn.optimize.build_optimizer
        scnn.optimize.build_optimizer = self.guarded(build)
        try:
            solve()
        except Ended:
            pass
        finally:
            scnn.optimize.build_optimizer = build


def quiet_metrics() -> Metrics:
    return Metrics(objective=False, grad_norm=False)


def solve(problem, lam, options: Options, model, solver, dtype: str, arrived=None) -> tuple[Guard, Stopwatch]:
    guard, watch = Guard(options.cap_cpu, arrived), Stopwatch()

    def optimize() -> None:
        scnn.optimize.optimize_model(
            model,
            solver,
            quiet_metrics(),
            problem.X,
            problem.y,
            regularizer=NeuronGL1(lam),
            return_convex=True,
            unitize_data=False,
            dtype=dtype,
        )

    with watch.running():
        guard.run(optimize)
    watch.cpu += guard.clock.cpu
    watch.wall += guard.clock.wall
    return guard, watch


def weights_and_patterns(guard: Guard) -> tuple[np.ndarray, np.ndarray]:
    """Weights (…, P, d) and the patterns that scnn itself computed: in float32 a few entries can differ from ours."""
    return np.asarray(guard.model.weights, dtype=np.float64), np.asarray(guard.model.D)


def describe(guard: Guard, problem, D: np.ndarray) -> str:
    parts = ["stopped at the CPU cap"] if guard.capped else []
    if not guard.capped and guard.reached is None and not guard.status.get("success", False):
        parts.append("iteration limit")
    if D.shape != problem.D.shape:
        parts.append(f"{D.shape[1]} patterns in its precision")
    elif (different := int(np.sum(D.astype(np.uint8) != problem.D))) > 0:
        parts.append(f"{different} pattern entries differ in its precision")
    return "; ".join(parts)


def iterations(guard: Guard) -> dict:
    return {key: value for key, value in guard.status.items() if "iterations" in key}


def solve_relu(problem, lam: float, threads: int, options: Options, dtype: str, tol: float) -> Answer:
    model = ConvexReLU(problem.G_unique)
    solver = AL(model, tol=tol, constraint_tol=tol)
    guard, watch = solve(problem, lam, options, model, solver, dtype)
    weights, D = weights_and_patterns(guard)
    V, W = weights[0, 0], weights[1, 0]
    verdict = judge_relu(problem.X, problem.y, D, V, W, lam)
    return Answer(verdict, watch.cpu, watch.wall, describe(guard, problem, D), iterations(guard))


def solve_gated(problem, lam: float, threads: int, options: Options, dtype: str, tol: float) -> Answer:
    model = ConvexGatedReLU(problem.G_unique)
    guard, watch = solve(problem, lam, options, model, RFISTA(model, tol=tol), dtype)
    weights, D = weights_and_patterns(guard)
    verdict = judge_gated(problem.X, problem.y, D, weights[0], lam)
    return Answer(verdict, watch.cpu, watch.wall, describe(guard, problem, D), iterations(guard))


def solve_gated_to_target(problem, lam: float, threads: int, options: Options, dtype: str) -> Answer:
    """R-FISTA without its own stopping test, until its objective is at most `options.target`."""
    if options.target is None:
        raise ValueError("scnn-rfista-f64-to-target: expected a target objective, got none; give --references")
    model = ConvexGatedReLU(problem.G_unique)

    def judge(internal):
        return judge_gated(problem.X, problem.y, problem.D, np.asarray(internal.weights)[0], lam)

    trace: list = []

    def arrived(internal, seconds: float) -> bool:
        verdict = judge(internal)
        trace.append([seconds, verdict.objective, verdict.violation])
        return verdict.objective <= options.target

    guard, watch = solve(problem, lam, options, model, RFISTA(model, **ENDLESS), dtype, arrived)
    note = describe(guard, problem, np.asarray(guard.model.D))
    extra = {"cpu_to_target": guard.reached, "trace": trace}
    return Answer(judge(guard.model), watch.cpu, watch.wall, note, extra)


def solve_relu_traced(problem, lam: float, threads: int, options: Options, dtype: str, tol: float) -> Answer:
    """AL as `solve_relu` runs it, with (CPU seconds, objective, violation) of the network at geometrically spaced times."""
    model = ConvexReLU(problem.G_unique)
    trace: list = []

    def noted(internal, seconds: float) -> bool:
        weights = np.asarray(internal.weights, dtype=np.float64)
        verdict = judge_relu(problem.X, problem.y, np.asarray(internal.D), weights[0, 0], weights[1, 0], lam)
        trace.append([seconds, verdict.objective, verdict.violation])
        return False

    solver = AL(model, tol=tol, constraint_tol=tol)
    guard, watch = solve(problem, lam, options, model, solver, dtype, noted)
    weights, D = weights_and_patterns(guard)
    verdict = judge_relu(problem.X, problem.y, D, weights[0, 0], weights[1, 0], lam)
    return Answer(verdict, watch.cpu, watch.wall, describe(guard, problem, D), {**iterations(guard), "trace": trace})


def solve_by_cvxpy(problem, lam: float, threads: int, options: Options, solver: str, gated: bool) -> Answer:
    """scnn's own way to a conic solver."""
    model = (ConvexGatedReLU if gated else ConvexReLU)(problem.G_unique)
    watch = Stopwatch()
    with watch.running():
        solved, _ = scnn.optimize.optimize_model(
            model,
            CVXPYSolver(model, solver),
            quiet_metrics(),
            problem.X,
            problem.y,
            regularizer=NeuronGL1(lam),
            return_convex=True,
            unitize_data=False,
            dtype="float64",
        )
    parts = [np.asarray(part, dtype=np.float64) for part in solved.parameters]
    if gated:
        U = parts[0].reshape(-1, problem.X.shape[1])
        return Answer(judge_gated(problem.X, problem.y, problem.D, U, lam), watch.cpu, watch.wall)
    V, W = parts[0].reshape(-1, problem.X.shape[1]), parts[1].reshape(-1, problem.X.shape[1])
    return Answer(judge_relu(problem.X, problem.y, problem.D, V, W, lam), watch.cpu, watch.wall)
