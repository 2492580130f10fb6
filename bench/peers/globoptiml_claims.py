"""globoptiml's `certified` networks, judged: small problems whose optimum is known by exact enumeration.

    python globoptiml_claims.py        # one JSON object

`ConvexReLUNet.fit(exact=True)` promises a certified global optimum of ½‖f − y‖² + β Σ‖(u, h)‖|α| with hidden biases inside the norms and
the mean of y as output bias. Its own solver is Gurobi, whose free licence ends at 2000 variables and constraints. Each row: what it claims, the
objective of the network it hands back, on the 1/n scale of all our tables, and the bracket proved by `enumerated_program.py`.
"""

from __future__ import annotations

import contextlib
import io
import json
import time

import numpy as np
from optiml import ConvexReLUNet

from enumerated_program import SmallProblem, solve

# rows, columns, seeds; beta
SIZES = ((6, 1), (8, 1), (6, 2), (8, 2), (10, 2), (7, 3))
SEEDS = (0, 1)
BETAS = (0.3, 0.03)
# A claim counts as wrong when the network lies further above the proved optimum than Gurobi's tolerance explains.
TOLERANCE = 1e-4


def network_objective(model: ConvexReLUNet, X: np.ndarray, y: np.ndarray, beta: float) -> float:
    """(½‖f − y‖² + β Σ‖(u, h)‖|α|)/n of the network that it exports."""
    hidden, bias, output = model._hidden_weights, model._hidden_bias, model._output_weights[0]
    fit = np.maximum(X @ hidden.T + bias, 0) @ output + model._output_bias[0]
    size = np.sqrt((hidden**2).sum(axis=1) + bias**2) @ np.abs(output)
    return float((0.5 * np.sum((fit - y) ** 2) + beta * size) / len(y))


def row(n: int, d: int, seed: int, beta: float) -> dict:
    rng = np.random.default_rng([n, d, seed])
    X, y = rng.standard_normal((n, d)), rng.standard_normal(n)
    head = {"n": n, "d": d, "seed": seed, "beta": beta}
    model = ConvexReLUNet(d, 1)
    start = time.process_time()
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            model.fit(X, y, beta=beta, exact=True, verbose=False)
    except Exception as error:  # its licence, or its solver: a row without an answer
        return {**head, "error": f"{type(error).__name__}: {str(error)[:120]}"}
    seconds = time.process_time() - start
    truth = solve(SmallProblem(np.column_stack([X, np.ones(n)]), y - y.mean(), beta / n, "squared", False))
    objective = network_objective(model, X, y, beta)
    return {
        **head,
        "certified": bool(model.certified),
        "claimed": model.objective_value / n,
        "objective": objective,
        "lower": truth.lower,
        "upper": truth.upper,
        "excess": (objective - truth.upper) / truth.upper,
        "claimed_excess": (model.objective_value / n - truth.upper) / truth.upper,
        "seconds": seconds,
    }


def main() -> None:
    rows = [row(n, d, seed, beta) for n, d in SIZES for seed in SEEDS for beta in BETAS]
    answered = [one for one in rows if "error" not in one]
    certified = [one for one in answered if one["certified"]]
    wrong = [one for one in certified if abs(one["excess"]) > TOLERANCE or abs(one["claimed_excess"]) > TOLERANCE]
    counts = {"problems": len(rows), "answered": len(answered), "certified": len(certified), "wrong": len(wrong)}
    print(json.dumps({**counts, "rows": rows}))


if __name__ == "__main__":
    main()
