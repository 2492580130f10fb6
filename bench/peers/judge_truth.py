"""Judges claimed optima of small problems against an independent solution of the enumerated convex program.

    python judge_truth.py claims.json [--tolerance 1e-6] [--restarts 200 --steps 1000] [--first N] [--out verdict.json]
    python judge_truth.py --self-test
    python judge_truth.py --sample 20 > sample.json      random problems of every kind, with our own values as the claim

claims.json is a list, or {"problems": list}, of
    {"name"?, "X": n×d numbers, "y": n numbers (±1 for logistic), "lambda": λ > 0, "loss": "squared" | "logistic",
     "outputBias": free b₀?, "hiddenBias": column of ones appended to X and penalised?, "primal": number, "dual"?: number,
     "network"?: {"hidden": m×d, "hiddenBias"?: m, "output": m, "outputBias"?: number}}
on the scale (1/n) Σ ℓ + λ Σ ‖u_j‖|α_j|, ℓ = ½(f − y)² or log(1 + e^{−yf}). Checked for each problem:
    primal   within --tolerance (relative) of the certified bracket [lower, upper], and not below lower by more than 1e-9
    dual     not above upper by more than 1e-9
    network  has the claimed primal as its objective to 1e-9
    restarts (with --restarts) never below lower by more than 1e-9
Prints the largest relative difference and the counts; exit status 1 when anything fails.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np

from enumerated_program import SmallProblem, Truth, mean_loss, solve
from restarts import least_objective

ROUNDING = 1e-9


def with_hidden_bias(X: np.ndarray, wanted: bool) -> np.ndarray:
    return np.hstack([X, np.ones((len(X), 1))]) if wanted else X


def problem_of(claim: dict) -> SmallProblem:
    X = np.atleast_2d(np.array(claim["X"], dtype=np.float64))
    y = np.array(claim["y"], dtype=np.float64)
    if X.shape[0] != len(y) or claim["loss"] not in ("squared", "logistic") or not claim["lambda"] > 0:
        raise ValueError(
            f"judge_truth: {claim.get('name', '?')}: expected n×d X, n y, a loss of squared|logistic and lambda > 0"
        )
    if claim["loss"] == "logistic" and not np.all(np.abs(y) == 1):
        raise ValueError(f"judge_truth: {claim.get('name', '?')}: expected labels of +1 and -1 for the logistic loss")
    return SmallProblem(
        with_hidden_bias(X, claim["hiddenBias"]), y, claim["lambda"], claim["loss"], claim["outputBias"]
    )


def network_objective(problem: SmallProblem, network: dict) -> float:
    """The claimed network's own objective; its hidden bias belongs to the weights and is penalised with them."""
    hidden = np.array(network["hidden"], dtype=np.float64)
    if not len(hidden):
        hidden = np.zeros((0, problem.X.shape[1]))
    if hidden.shape[1] == problem.X.shape[1] - 1:
        hidden = np.hstack([hidden, np.array(network["hiddenBias"], dtype=np.float64)[:, None]])
    output = np.array(network["output"], dtype=np.float64).ravel()
    fit = np.maximum(problem.X @ hidden.T, 0) @ output + float(np.ravel(network.get("outputBias", 0.0))[0])
    return mean_loss(problem, fit) + problem.lam * float((np.linalg.norm(hidden, axis=1) * np.abs(output)).sum())


def distance(value: float, truth: Truth) -> float:
    """Signed relative distance to the bracket: positive above upper, negative below lower, 0 inside."""
    scale = max(abs(truth.upper), 1e-12)
    return (max(value - truth.upper, 0.0) + min(value - truth.lower, 0.0)) / scale


def judge(claim: dict, tolerance: float) -> tuple[dict, Truth, SmallProblem]:
    """One row of the verdict; `failures` lists what does not hold."""
    problem = problem_of(claim)
    truth = solve(problem)
    row = {"upper": truth.upper, "lower": truth.lower, "patterns": truth.patterns, "failures": []}
    row["primalDifference"] = distance(claim["primal"], truth)
    if abs(row["primalDifference"]) > tolerance or claim["primal"] < truth.lower - ROUNDING:
        row["failures"].append("primal")
    if claim.get("dual") is not None:
        row["dualExcess"] = claim["dual"] - truth.upper
        row["dualDifference"] = distance(claim["dual"], truth)
        row["failures"] += ["dual"] if row["dualExcess"] > ROUNDING else []
    if claim.get("network") is not None:
        row["networkDifference"] = network_objective(problem, claim["network"]) - claim["primal"]
        row["failures"] += ["network"] if abs(row["networkDifference"]) > ROUNDING else []
    return row, truth, problem


def add_restarts(row: dict, truth: Truth, problem: SmallProblem, arguments: argparse.Namespace, seed: int) -> None:
    least = least_objective(problem, arguments.restarts, arguments.steps, np.random.default_rng(seed))
    row["restartsLeast"] = least
    row["restartsExcess"] = (least - truth.lower) / max(abs(truth.upper), 1e-12)
    row["failures"] += ["restarts"] if least < truth.lower - ROUNDING else []


def largest(rows: list[dict], key: str) -> float:
    return max((abs(row[key]) for row in rows if key in row), default=float("nan"))


def summary(rows: list[dict], skipped: list[str], seconds: float) -> str:
    brackets = [(row["upper"] - row["lower"]) / max(abs(row["upper"]), 1e-12) for row in rows]
    lines = [
        f"problems judged: {len(rows)}, skipped: {len(skipped)}, failing: {sum(bool(row['failures']) for row in rows)}, {seconds:.1f} s",
        f"own bracket (upper − lower)/upper: median {np.median(brackets):.1e}, largest {max(brackets):.1e}"
        if rows
        else "",
        f"claimed primal outside the bracket: largest relative difference {largest(rows, 'primalDifference'):.2e}",
        f"claimed dual outside the bracket: largest relative difference {largest(rows, 'dualDifference'):.2e}",
        f"claimed network against its primal: largest difference {largest(rows, 'networkDifference'):.2e}",
    ]
    tried = [row["restartsExcess"] for row in rows if "restartsExcess" in row]
    if tried:
        lines.append(
            f"restarts on {len(tried)} problems: least relative excess over the lower bound {min(tried):+.1e}, median "
            f"{np.median(tried):+.1e}, within 1e-4 on {sum(value < 1e-4 for value in tried)}"
        )
    return "\n".join(line for line in lines if line)


def judge_file(arguments: argparse.Namespace) -> int:
    document = json.loads(arguments.claims.read_text())
    claims = document["problems"] if isinstance(document, dict) else document
    rows, skipped, begun = [], [], time.perf_counter()
    for number, claim in enumerate(claims[: arguments.first]):
        name = claim.get("name", f"problem {number}")
        if claim["loss"] == "logistic" and claim["outputBias"] and len(set(claim["y"])) == 1:
            skipped.append(f"{name}: one class and a free output bias: no optimum is attained")
            continue
        row, truth, problem = judge(claim, arguments.tolerance)
        if arguments.restarts:
            add_restarts(row, truth, problem, arguments, number)
        rows.append({"name": name, **row})
        if row["failures"]:
            print(
                f"FAIL {name}: {', '.join(row['failures'])}: {json.dumps({k: v for k, v in row.items() if k != 'failures'})}"
            )
    print("\n".join(skipped + [summary(rows, skipped, time.perf_counter() - begun)]))
    if arguments.out:
        arguments.out.write_text(json.dumps({"rows": rows, "skipped": skipped}, indent=1) + "\n")
    return 1 if any(row["failures"] for row in rows) or not rows else 0


def random_claim(rng: np.random.Generator) -> dict:
    """A problem of random shape and kind (integer entries every fourth time, so with ties), claimed at our own values."""
    n, d = int(rng.integers(2, 13)), int(rng.integers(1, 5))
    X = rng.standard_normal((n, d)) if rng.random() < 0.75 else rng.integers(-1, 2, (n, d)).astype(float)
    y = rng.standard_normal(n)
    loss = "squared" if rng.random() < 0.5 else "logistic"
    y = np.where(y > 0, 1.0, -1.0) if loss == "logistic" else y
    if loss == "logistic":
        y[0], y[-1] = 1.0, -1.0
    claim = {
        "X": X.tolist(),
        "y": y.tolist(),
        "lambda": float(10 ** rng.uniform(-3, -0.5)),
        "loss": loss,
        "outputBias": bool(rng.random() < 0.5),
        "hiddenBias": bool(rng.random() < 0.5),
    }
    truth = solve(problem_of(claim))
    return {**claim, "primal": truth.upper, "dual": truth.lower}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("claims", nargs="?", type=Path)
    parser.add_argument("--tolerance", type=float, default=1e-6)
    parser.add_argument("--restarts", type=int, default=0, help="starts of the plain network for each problem")
    parser.add_argument("--steps", type=int, default=1000, help="Adam steps for each start")
    parser.add_argument("--first", type=int, help="judge only so many problems")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--self-test", action="store_true")
    parser.add_argument("--sample", type=int)
    arguments = parser.parse_args()
    if arguments.self_test:
        from self_test import run

        return run()
    if arguments.sample:
        rng = np.random.default_rng(0)
        print(json.dumps([random_claim(rng) for _ in range(arguments.sample)]))
        return 0
    if arguments.claims is None:
        parser.error("expected a file of claims, --self-test or --sample")
    return judge_file(arguments)


if __name__ == "__main__":
    sys.exit(main())
