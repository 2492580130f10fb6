"""Judges an answer to one of the benchmark problems.

    {"problem": "syn200x10_P100", "lambda": 0.001, "program": "relu" | "gated" | "network",
     "z": [[d numbers] per neuron], "sign": [±1], "pattern": [column of D per neuron], "residual": [n numbers] | null}

The objective is that of the network Σ sign_j (Xz_j)_+ (gated: Σ sign_j D_j X z_j) with penalty λ Σ‖z_j‖, by the functions
that judge the peers. `violation` is that of the cones of the named patterns. With a residual the answer also holds
`lower`, a lower bound of the sampled program's optimum proved here from that vector alone (`dual_bound.py`).
Nothing that a solver claims about its own objective, gap or feasibility is used.
"""

from __future__ import annotations

from dataclasses import asdict
from functools import lru_cache

import numpy as np

from dual_bound import lower_bound
from evaluate import Verdict, cone_violation, judge_gated, judge_network
from problems import load


loaded = lru_cache(maxsize=2)(load)


def verdict_of(problem, claim: dict) -> Verdict:
    Z = np.array(claim["z"], dtype=np.float64).reshape(-1, problem.X.shape[1])
    sign, lam = np.array(claim["sign"], dtype=np.float64), claim["lambda"]
    if claim["program"] == "network":
        return judge_network(problem.X, problem.y, Z, sign, lam)
    D = problem.D[:, np.array(claim["pattern"], dtype=np.int64)]
    if claim["program"] == "gated":
        return judge_gated(problem.X, problem.y, D, sign[:, None] * Z, lam)
    network = judge_network(problem.X, problem.y, Z, sign, lam)
    return Verdict(network.objective, cone_violation(problem.X, D, Z), network.neurons)


def judge(claim: dict) -> dict:
    problem = loaded(claim["problem"])
    judged = asdict(verdict_of(problem, claim))
    if claim.get("residual") is not None:
        gated = claim["program"] == "gated"
        judged["lower"] = lower_bound(problem, np.array(claim["residual"]), claim["lambda"], gated)
    return judged
