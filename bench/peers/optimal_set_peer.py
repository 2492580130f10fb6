"""Pruning and the least-norm member of an optimal set by the paper's algorithm, on a set given by its columns.

    python optimal_set_peer.py FOLDER n        # FOLDER/columns.bin (n×n) and start.bin (n), float64

{a ≥ 0 : Σ a_i z_i = f}, all prices equal. Pruning: a null vector of the neurons that are left (singular value decomposition), along it until a neuron
dies, again until they are independent. Least norm: a quadratic program by cvxpy and Clarabel at its default tolerances. Prints one JSON object
with CPU seconds, neurons that are left, ‖a‖² and how far the fit moved.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import cvxpy as cp
import numpy as np

TOLERANCE = 1e-10


def prune(Z: np.ndarray, a: np.ndarray) -> np.ndarray:
    """Rows of Z are the neurons' columns."""
    a = a.copy()
    while True:
        used = np.flatnonzero(a > 0)
        _, singular, vectors = np.linalg.svd(Z[used].T)
        rank = int((singular > TOLERANCE * singular[0]).sum())
        if rank == len(used):
            return a
        beta = vectors[rank]
        ratio = beta / a[used]
        if ratio.max() <= 0:
            ratio, beta = -ratio, -beta
        most = ratio.argmax()
        a[used] = np.maximum(0.0, a[used] - beta / ratio[most])
        a[used[most]] = 0.0


def least_norm(Z: np.ndarray, a: np.ndarray) -> np.ndarray:
    x = cp.Variable(len(a), nonneg=True)
    cp.Problem(cp.Minimize(cp.sum_squares(x)), [Z.T @ x == Z.T @ a]).solve(solver="CLARABEL")
    return x.value


def timed(task, Z: np.ndarray, a: np.ndarray) -> dict:
    start = time.process_time()
    b = task(Z, a)
    seconds = time.process_time() - start
    moved = float(np.abs(Z.T @ (b - a)).max())
    return {"seconds": seconds, "neurons": int((b > 1e-9).sum()), "square": float(b @ b), "moved": moved}


def main() -> None:
    folder, n = Path(sys.argv[1]), int(sys.argv[2])
    Z, a = np.fromfile(folder / "columns.bin").reshape(n, -1), np.fromfile(folder / "start.bin")
    least_norm(Z[:4], a[:4])  # cvxpy's first call loads its parts
    print(json.dumps({"prune": timed(prune, Z, a), "norm": timed(least_norm, Z, a)}))


if __name__ == "__main__":
    main()
