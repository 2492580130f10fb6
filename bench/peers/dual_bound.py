"""Lower bounds of the sampled programs from any vector r, without any solver's word for it.

With θ = s r/n the dual value s rᵀy/n − s²‖r‖²/(2n) is a lower bound wherever every block keeps h ≤ λ, so
s = min(rᵀy/‖r‖², nλ / max h(r)). Gated: h_i(r) = ‖XᵀD_i r‖. ReLU: h_i(±r) = min over ν ≥ 0 of
‖±XᵀD_i r + Xᵀ(2D_i − I)ν‖, by scipy's NNLS; whatever ν it returns gives a valid upper bound of h, so its accuracy
costs tightness alone.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import nnls


# n·P·d above which the ReLU bound is not tried: NNLS would take from half a minute to minutes.
MOST_WORK = 3e7


def gated_support(X: np.ndarray, D: np.ndarray, r: np.ndarray) -> float:
    return float(np.linalg.norm(X.T @ (D * r[:, None]), axis=0).max())


def cone_support(X: np.ndarray, pattern: np.ndarray, g: np.ndarray, needed: float) -> float:
    """An upper bound of ‖P_K(g)‖; the plain norm where that is small enough already."""
    plain = float(np.linalg.norm(g))
    if plain <= needed:
        return plain
    rows = ((2.0 * pattern - 1.0)[:, None] * X).T
    try:
        nu, _ = nnls(rows, -g)
    except RuntimeError:  # iteration limit: ν = 0 is valid too
        return plain
    return min(plain, float(np.linalg.norm(g + rows @ np.maximum(nu, 0))))


def relu_support(X: np.ndarray, D: np.ndarray, r: np.ndarray, needed: float) -> float:
    G = X.T @ (D * r[:, None])
    patterns = D.astype(np.float64)
    return max(cone_support(X, patterns[:, i], s * G[:, i], needed) for i in range(D.shape[1]) for s in (1.0, -1.0))


def lower_bound(problem, r: np.ndarray, lam: float, gated: bool) -> float | None:
    """None where proving it here takes too long."""
    X, y, n = problem.X, problem.y, len(problem.y)
    if not gated and problem.D.size * X.shape[1] > MOST_WORK:
        return None
    limit = n * lam
    h = gated_support(X, problem.D, r) if gated else relu_support(X, problem.D, r, limit)
    square = float(r @ r)
    if square == 0.0:
        return 0.0
    s = max(0.0, min(float(r @ y) / square, limit / h if h > 0 else np.inf))
    return (s * float(r @ y) - s * s * square / 2) / n
