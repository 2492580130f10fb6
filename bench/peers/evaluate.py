"""The one judge: objectives in float64, computed from the network that a returned point stands for.

Objective: ‖f − y‖²/(2n) + λ Σ_j ‖u_j‖|α_j|. For a point of the convex program the sum is that of the group norms.
A ReLU point that violates its cones is judged as the ReLU network it stands for, so violation cannot buy a lower value.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Verdict:
    """objective of the network; violation = largest negative part of (2D − I)Xu, absolute, 0 where there are no cones."""

    objective: float
    violation: float
    neurons: int


def squared_loss(fit: np.ndarray, y: np.ndarray) -> float:
    return float(np.sum((fit - y) ** 2) / (2 * len(y)))


def as_float64(array: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(array, dtype=np.float64)


def group_norms(U: np.ndarray) -> np.ndarray:
    return np.linalg.norm(U, axis=1)


def judge_gated(X: np.ndarray, y: np.ndarray, D: np.ndarray, U: np.ndarray, lam: float) -> Verdict:
    """U is P×d: block i acts as D_i X u_i."""
    X, y, U = as_float64(X), as_float64(y), as_float64(U)
    norms = group_norms(U)
    fit = np.einsum("np,np->n", D.astype(np.float64), X @ U.T)
    return Verdict(squared_loss(fit, y) + lam * float(norms.sum()), 0.0, int((norms > 0).sum()))


def cone_violation(X: np.ndarray, D: np.ndarray, U: np.ndarray) -> float:
    products = X @ U.T
    return float(max(0.0, np.max(np.where(D > 0, -products, products), initial=0.0)))


def judge_relu(X: np.ndarray, y: np.ndarray, D: np.ndarray, V: np.ndarray, W: np.ndarray, lam: float) -> Verdict:
    """V, W are P×d: the ReLU network Σ (Xv_i)_+ − Σ (Xw_i)_+, whatever the patterns say."""
    X, y, V, W = as_float64(X), as_float64(y), as_float64(V), as_float64(W)
    fit = np.maximum(X @ V.T, 0).sum(axis=1) - np.maximum(X @ W.T, 0).sum(axis=1)
    norms = np.concatenate([group_norms(V), group_norms(W)])
    violation = max(cone_violation(X, D, V), cone_violation(X, D, W))
    return Verdict(squared_loss(fit, y) + lam * float(norms.sum()), violation, int((norms > 0).sum()))


def judge_network(X: np.ndarray, y: np.ndarray, hidden: np.ndarray, output: np.ndarray, lam: float) -> Verdict:
    """hidden m×d, output m: any ReLU network, in balanced form."""
    X, y, hidden, output = as_float64(X), as_float64(y), as_float64(hidden), as_float64(output)
    fit = np.maximum(X @ hidden.T, 0) @ output
    penalties = group_norms(hidden) * np.abs(output)
    return Verdict(squared_loss(fit, y) + lam * float(penalties.sum()), 0.0, int((penalties > 0).sum()))


def relative_excess(objective: float | None, reference: float | None) -> float | None:
    if objective is None or reference is None:
        return None
    return (objective - reference) / abs(reference)
