"""celer and skglm: group lasso over the expanded matrix [D_1X … D_PX] (gated program only).

The expansion is part of the time. Compiled code is warmed up on a tiny problem first.
"""

from __future__ import annotations

import numpy as np

from evaluate import judge_gated
from methods import Answer, Options, Stopwatch


def expanded(X: np.ndarray, D: np.ndarray) -> np.ndarray:
    """n×(P·d), column-major."""
    n, d = X.shape
    return np.asfortranarray((D[:, :, None] * X[:, None, :]).reshape(n, -1))


def fit(estimator, X: np.ndarray, D: np.ndarray, y: np.ndarray) -> np.ndarray:
    estimator.fit(expanded(X, D), y)
    return estimator.coef_.reshape(D.shape[1], X.shape[1])


def warm_up(make_estimator, d: int) -> None:
    rng = np.random.default_rng(0)
    X = rng.standard_normal((20, d))
    fit(make_estimator(), X, (X @ rng.standard_normal((d, 3)) > 0).astype(np.uint8), rng.standard_normal(20))


def timed(make_estimator, problem, lam: float) -> Answer:
    warm_up(make_estimator, problem.X.shape[1])
    watch = Stopwatch()
    with watch.running():
        U = fit(make_estimator(), problem.X, problem.D, problem.y)
    return Answer(judge_gated(problem.X, problem.y, problem.D, U, lam), watch.cpu, watch.wall)


def solve_celer(problem, lam: float, threads: int, options: Options, tol: float) -> Answer:
    from celer import GroupLasso

    d = problem.X.shape[1]
    return timed(lambda: GroupLasso(groups=d, alpha=lam, tol=tol, max_iter=1000, fit_intercept=False), problem, lam)


def solve_skglm(problem, lam: float, threads: int, options: Options, tol: float) -> Answer:
    from skglm import GroupLasso

    d = problem.X.shape[1]
    return timed(lambda: GroupLasso(groups=d, alpha=lam, tol=tol, fit_intercept=False), problem, lam)
