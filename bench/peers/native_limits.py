"""The machine's limits as compiled code meets them, and NumPy's rate at what our kernels do.

    echo '[["maskedForward", [1000, 20, 100]], ...]' | python native_limits.py

Threads are those of the environment (OPENBLAS_NUM_THREADS). Prints one JSON object: `peak` the best rate of dense products in
float64 (10⁹ operations a second), `bandwidth` of copying arrays far larger than any cache (10⁹ bytes a second, read and written), and
`rates` for the given kernels: NumPy and SciPy over the machine's BLAS, masks as float64 matrices made before the clock starts. null
where there is nothing to compare with.
"""

from __future__ import annotations

import json
import os
import sys
import time

import numpy as np
from scipy.linalg import cho_factor, cho_solve

BUDGET = 0.3
# On one thread CPU seconds, which other work on the machine does not lengthen.
CLOCK = time.process_time if os.environ.get("OPENBLAS_NUM_THREADS") == "1" else time.perf_counter
rng = np.random.default_rng(1)


def best_seconds(task) -> float:
    task()
    best, end = float("inf"), time.perf_counter() + BUDGET
    while time.perf_counter() < end:
        start = CLOCK()
        task()
        best = min(best, CLOCK() - start)
    return best


def normal(*shape: int) -> np.ndarray:
    return rng.standard_normal(shape)


def mask(n: int, count: int) -> np.ndarray:
    return (rng.random((n, count)) < 0.5).astype(np.float64)


def gemm(m: int, n: int, k: int):
    A, B = normal(m, k), normal(k, n)
    return 2 * m * n * k, lambda: A @ B


def gram(n: int, k: int):
    A, w = normal(n, k), rng.random(n)
    return n * k * (k + 1), lambda: A.T @ (w[:, None] * A)


def outer_gram(n: int, k: int):
    A = normal(n, k)
    return n * (n + 1) * k, lambda: A @ A.T


def cholesky(n: int):
    A = normal(n, n)
    A = A @ A.T + n * np.eye(n)
    return n**3 / 3, lambda: cho_factor(A, lower=True, check_finite=False)


def cholesky_solve(n: int):
    factor, b = (np.tril(normal(n, n)) / n + 2 * np.eye(n), True), normal(n)
    return 2 * n * n, lambda: cho_solve(factor, b, check_finite=False)


def masked_transpose_product(n: int, d: int, count: int):
    """Row p of the product: Xᵀ D_p r."""
    X, r, D = normal(n, d), normal(n), mask(n, count)
    return 2 * n * d * count, lambda: (D * r[:, None]).T @ X


def masked_forward(n: int, d: int, blocks: int):
    """Σ_p D_p X z_p."""
    X, Z, D = normal(n, d), normal(blocks, d), mask(n, blocks)
    return 2 * n * d * blocks, lambda: np.einsum("np,np->n", D, X @ Z.T)


def masked_columns(n: int, d: int, k: int):
    """D X B for one pattern."""
    X, B, D = normal(n, d), normal(d, k), mask(n, 1)
    return 2 * n * d * k, lambda: D * (X @ B)


KERNELS = {
    "gemm": gemm,
    "gram": gram,
    "outerGram": outer_gram,
    "cholesky": cholesky,
    "choleskySolve": cholesky_solve,
    "maskedTransposeProduct": masked_transpose_product,
    "maskedForward": masked_forward,
    "maskedColumns": masked_columns,
}


def rate(kernel: str, sizes: list[int]) -> float | None:
    if kernel not in KERNELS or np.prod([float(s) for s in sizes[:1] + sizes[2:]]) > 3e7:
        return None
    work, task = KERNELS[kernel](*sizes)
    return work / best_seconds(task) / 1e9


def peak() -> float:
    return max(rate("gemm", [n, n, n]) for n in (512, 1024, 2048))


def bandwidth() -> float:
    a, b = np.ones(2**24), np.empty(2**24)
    return 2 * a.nbytes / best_seconds(lambda: np.copyto(b, a)) / 1e9


def main() -> None:
    wanted = json.load(sys.stdin)
    rates = [rate(kernel, sizes) for kernel, sizes in wanted]
    print(json.dumps({"peak": peak(), "bandwidth": bandwidth(), "rates": rates}))


if __name__ == "__main__":
    main()
