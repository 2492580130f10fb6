"""Regularisation paths: the same descending λ for everybody, each peer in the way that its documents show.

Every method hands back the judged objectives of all λ (`objectives`, null where there is none) and the largest cone violation;
the verdict is that of the last λ. Judging is not counted.
"""

from __future__ import annotations

import adelie as ad
import numpy as np
import scnn.optimize
from scnn.models import ConvexGatedReLU, ConvexReLU
from scnn.regularizers import NeuronGL1
from scnn.solvers import AL, RFISTA

from evaluate import Verdict, judge_gated, judge_relu
from methods import Answer, Options, Stopwatch
from methods.adelie_methods import grpnet
from methods.lasso_methods import expanded, warm_up
from methods.scnn_methods import quiet_metrics


def answer_of(verdicts: list[Verdict], count: int, watch: Stopwatch, note: str = "") -> Answer:
    objectives = [verdict.objective for verdict in verdicts]
    missing = [None] * (count - len(verdicts))
    if missing:
        note = f"{len(verdicts)} of {count} lambdas; {note}"
    extra = {"objectives": objectives + missing, "worst_violation": max((v.violation for v in verdicts), default=None)}
    return Answer(verdicts[-1] if verdicts else None, watch.cpu, watch.wall, note, extra)


def judge(problem, lam: float, blocks: np.ndarray, gated: bool) -> Verdict:
    if gated:
        return judge_gated(problem.X, problem.y, problem.D, blocks, lam)
    V, W = np.split(blocks, 2)
    return judge_relu(problem.X, problem.y, problem.D, V, W, lam)


def solve_adelie(problem, lam: float, threads: int, options: Options, gated: bool, tol: float) -> Answer:
    watch = Stopwatch()
    with watch.running():
        state = grpnet(problem, np.array(options.lambdas), threads, tol, gated)
    d = problem.X.shape[1]
    verdicts = [
        judge(problem, at, np.asarray(state.betas[k].todense()).reshape(-1, d), gated) for k, at in enumerate(state.lmdas)
    ]
    return answer_of(verdicts, len(options.lambdas), watch, state.error)


def solve_scnn(problem, lam: float, threads: int, options: Options, gated: bool, dtype: str, tol: float) -> Answer:
    model = (ConvexGatedReLU if gated else ConvexReLU)(problem.G_unique)
    solver = RFISTA(model, tol=tol) if gated else AL(model, tol=tol, constraint_tol=tol)
    watch = Stopwatch()
    with watch.running():
        models, _ = scnn.optimize.optimize_path(
            model,
            solver,
            [NeuronGL1(at) for at in options.lambdas],
            quiet_metrics(),
            problem.X,
            problem.y,
            return_convex=True,
            unitize_data=False,
            dtype=dtype,
        )
    d = problem.X.shape[1]

    def blocks(one) -> np.ndarray:
        return np.concatenate([np.asarray(part, dtype=np.float64).reshape(-1, d) for part in one.parameters])

    verdicts = [judge(problem, at, blocks(one), gated) for at, one in zip(options.lambdas, models)]
    return answer_of(verdicts, len(options.lambdas), watch)


def lasso_path(problem, options: Options, make_estimator) -> Answer:
    """The estimator's own warm start, one λ after the other, over the matrix expanded once."""
    d, watch, points = problem.X.shape[1], Stopwatch(), []
    warm_up(make_estimator, d)
    with watch.running():
        X, estimator = expanded(problem.X, problem.D), make_estimator()
        for at in options.lambdas:
            estimator.alpha = at
            points.append(estimator.fit(X, problem.y).coef_.copy())
    verdicts = [judge(problem, at, w.reshape(-1, d), True) for at, w in zip(options.lambdas, points)]
    return answer_of(verdicts, len(options.lambdas), watch)


def solve_skglm(problem, lam: float, threads: int, options: Options, tol: float) -> Answer:
    from skglm import GroupLasso

    groups = problem.X.shape[1]
    return lasso_path(problem, options, lambda: GroupLasso(groups, tol=tol, fit_intercept=False, warm_start=True))


def solve_celer(problem, lam: float, threads: int, options: Options, tol: float) -> Answer:
    from celer import GroupLasso

    groups = problem.X.shape[1]
    return lasso_path(
        problem, options, lambda: GroupLasso(groups, tol=tol, fit_intercept=False, warm_start=True, max_iter=1000)
    )


def path_top(problem) -> float:
    """max_i ‖XᵀD_i y‖/n: at this λ the gated network is zero, and the ReLU one too."""
    return float(np.linalg.norm(problem.X.T @ (problem.D * problem.y[:, None]), axis=0).max() / len(problem.y))
