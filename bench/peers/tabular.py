"""Scores of the peers on real tables, one JSON line for each request on standard input.

    echo '{"set": "iris", "method": "forest", "fold": 0}' | python tabular.py --plan plan.json --data FOLDER

The plan holds sets, folds and protocol: bench/tabular.ts writes it and asks the questions. Answers: {set, method, fold, scores,
tuneSeconds, refitSeconds, chosen}; scores are accuracy, logLoss and, for two classes, auc; for numbers r2 and rmse (in target
units). Seconds are CPU seconds of the process on one thread, encoding of the columns not counted. {"versions": {}} asks for
the versions of Python and of the packages, {"encoding": {set, fold}} for shapes and sums of the encoded columns; what fails is
answered with {"error": …}.
"""

from __future__ import annotations

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import argparse
import json
import sys
from functools import lru_cache
from pathlib import Path

import numpy as np


def scores_of(predicted: np.ndarray, y: np.ndarray, classes: int, scale: float, clip: float) -> dict[str, float | None]:
    from sklearn.metrics import roc_auc_score
    from tabular_data import loss_of

    if not classes:
        errors = float(np.mean((predicted - y) ** 2))
        return {"r2": 1 - errors / float(np.var(y)), "rmse": scale * errors**0.5}
    scores = {"accuracy": float(np.mean(predicted.argmax(axis=1) == y)), "logLoss": loss_of(predicted, y, classes, clip)}
    if classes == 2 and len(set(y)) == 2:
        scores["auc"] = float(roc_auc_score(y, predicted[:, 1]))
    return scores


def versions() -> dict[str, str]:
    import platform
    from importlib.metadata import version

    return {"python": platform.python_version(), **{name: version(name) for name in ("numpy", "scikit-learn", "torch")}}


class Peers:
    """Answers questions about the sets of one plan."""

    def __init__(self, plan: dict, folder: Path):
        from tabular_data import DataSet

        self.protocol = plan["protocol"]
        planned = {one["name"]: one for one in plan["sets"]}
        self.fold_of = lru_cache(maxsize=12)(lambda name, fold: DataSet(folder, planned[name]).outer_fold(fold))

    def encoding(self, request: dict) -> dict:
        """Shapes and absolute sums of the encoded parts of an outer fold, to be compared with those of others."""
        whole = self.fold_of(request["set"], request["fold"]).whole
        sums = [float(np.abs(X).sum()) for X in (whole.X, whole.X_held)]
        return {"shape": [*whole.X.shape, len(whole.X_held)], "sums": sums}

    def reply(self, request: dict) -> dict:
        if "versions" in request:
            return versions()
        return self.encoding(request["encoding"]) if "encoding" in request else self.answer(request)

    def answer(self, request: dict) -> dict:
        from tabular_methods import METHODS

        clip, seed = self.protocol["clip"], self.protocol["seed"]
        fold = self.fold_of(request["set"], request["fold"])
        answer = METHODS[request["method"]](fold, clip, seed + request["fold"])
        scores = scores_of(answer.predicted, fold.whole.y_held, fold.classes, fold.scale, clip)
        seconds = {"tuneSeconds": answer.tune_seconds, "refitSeconds": answer.refit_seconds}
        return {**request, "scores": scores, **seconds, "chosen": answer.chosen}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plan", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    arguments = parser.parse_args()
    peers = Peers(json.loads(arguments.plan.read_text(encoding="utf-8")), arguments.data)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            reply = peers.reply(request)
        except Exception as error:  # handed over: whoever asked reports it
            reply = {"error": f"{request.get('set')}, {request.get('method')}: {type(error).__name__}: {str(error)[:300]}"}
        print(json.dumps(reply), flush=True)


if __name__ == "__main__":
    main()
