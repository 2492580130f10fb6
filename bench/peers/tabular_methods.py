"""What a user would pick for a small table, each tuned on the inner folds of the plan.

Every method tunes by the mean held-out loss (log-loss for classes, squared error for numbers) over the inner folds and is
then fitted on the whole training part. It returns predictions for the held rows: class probabilities, or numbers on the scale of
the standardised target.
"""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass
from itertools import product

import numpy as np
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, Ridge
from tabular_adam import train_networks
from tabular_data import OuterFold, Part, loss_of

GRID_POINTS = 25
TUNING_TREES, TREES = 100, 500
BOOSTING_STEPS, PATIENCE = 1000, 20
NETWORK_STEPS, CHECKPOINT = 2000, 50


@dataclass(frozen=True)
class Answer:
    predicted: np.ndarray
    chosen: dict
    tune_seconds: float
    refit_seconds: float


def weighted_mean(losses: list, parts: list[Part]) -> np.ndarray:
    """Over the inner folds, by their held-out rows."""
    return np.average(np.array(losses), axis=0, weights=[len(part.y_held) for part in parts])


def timed(tune, refit) -> Answer:
    start = time.process_time()
    chosen = tune()
    middle = time.process_time()
    predicted = refit(chosen)
    return Answer(predicted, chosen, middle - start, time.process_time() - middle)


def output(model, X: np.ndarray, classes: int) -> np.ndarray:
    """Predictions; a class that the training part lacks has probability 0."""
    if not classes:
        return model.predict(X)
    full = np.zeros((len(X), classes))
    full[:, model.classes_.astype(int)] = model.predict_proba(X)
    return full


def by_grid(fold: OuterFold, clip: float, make, grid: list[dict], refit_with: dict | None = None) -> Answer:
    """Tunes one scikit-learn model over a grid of settings."""

    def tune() -> dict:
        losses = []
        for part in fold.inner:
            models = [make(**settings).fit(part.X, part.y) for settings in grid]
            held = [output(model, part.X_held, fold.classes) for model in models]
            losses.append([loss_of(predicted, part.y_held, fold.classes, clip) for predicted in held])
        return grid[int(np.argmin(weighted_mean(losses, fold.inner)))]

    def refit(chosen: dict) -> np.ndarray:
        model = make(**chosen, **(refit_with or {})).fit(fold.whole.X, fold.whole.y)
        return output(model, fold.whole.X_held, fold.classes)

    return timed(tune, refit)


def linear(fold: OuterFold, clip: float, seed: int) -> Answer:
    """Ridge for numbers, logistic regression with the same penalty for classes."""
    strengths = [float(s) for s in np.logspace(-4, 4, GRID_POINTS)]
    if not fold.classes:
        return by_grid(fold, clip, Ridge, [{"alpha": s} for s in strengths])

    def make(C: float) -> LogisticRegression:
        return LogisticRegression(C=C, solver="newton-cholesky", max_iter=500)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return by_grid(fold, clip, make, [{"C": s} for s in strengths])


def forest(fold: OuterFold, clip: float, seed: int) -> Answer:
    kind = RandomForestClassifier if fold.classes else RandomForestRegressor
    grid = [
        {"max_features": share, "min_samples_leaf": leaf} for share, leaf in product(["sqrt", 1 / 3, 1.0], [1, 3, 8])
    ]

    def make(n_estimators: int = TUNING_TREES, **settings):
        return kind(n_estimators=n_estimators, random_state=seed, n_jobs=1, **settings)

    return by_grid(fold, clip, make, grid, {"n_estimators": TREES})


def boosting(fold: OuterFold, clip: float, seed: int) -> Answer:
    """Steps go on while the inner held-out loss falls; their number is the median of the best ones of the folds."""
    kind = HistGradientBoostingClassifier if fold.classes else HistGradientBoostingRegressor
    grid = [
        {"learning_rate": rate, "max_leaf_nodes": leaves, "min_samples_leaf": least}
        for rate, leaves, least in product([0.03, 0.1], [4, 16], [5, 20])
    ]

    def curve_of(settings: dict, part: Part) -> np.ndarray:
        model = kind(
            **settings,
            max_iter=BOOSTING_STEPS,
            early_stopping=True,
            scoring="loss",
            n_iter_no_change=PATIENCE,
            random_state=seed,
        )
        model.fit(part.X, part.y, X_val=part.X_held, y_val=part.y_held)
        return -model.validation_score_[1:]

    def judged(settings: dict) -> tuple[float, int]:
        """The mean loss at the common number of steps, and that number."""
        curves = [curve_of(settings, part) for part in fold.inner]
        steps = max(1, int(np.median([np.argmin(curve) + 1 for curve in curves])))
        held = [curve[min(steps, len(curve)) - 1] for curve in curves]
        return float(weighted_mean(held, fold.inner)), steps

    def tune() -> dict:
        outcomes = [judged(settings) for settings in grid]
        best = int(np.argmin([loss for loss, _ in outcomes]))
        return {**grid[best], "steps": outcomes[best][1]}

    def refit(chosen: dict) -> np.ndarray:
        settings = {name: value for name, value in chosen.items() if name != "steps"}
        model = kind(**settings, max_iter=chosen["steps"], early_stopping=False, random_state=seed)
        return output(model.fit(fold.whole.X, fold.whole.y), fold.whole.X_held, fold.classes)

    return timed(tune, refit)


def network(fold: OuterFold, clip: float, seed: int) -> Answer:
    """A two-layer ReLU network of width 100 by Adam; weight decay, learning rate and number of steps are tuned."""
    grid = list(product([1e-3, 1e-2], [0.0, 1e-4, 1e-3, 1e-2]))

    def tune() -> dict:
        curves = train_networks(fold.inner, fold.classes, grid, NETWORK_STEPS, CHECKPOINT, seed, clip)
        means = np.tensordot([len(p.y_held) for p in fold.inner], curves.losses, axes=1)
        at = np.unravel_index(int(np.argmin(means)), means.shape)
        rate, decay = grid[at[0]]
        return {"learning_rate": rate, "weight_decay": decay, "steps": int(at[1] + 1) * CHECKPOINT}

    def refit(chosen: dict) -> np.ndarray:
        settings = [(chosen["learning_rate"], chosen["weight_decay"])]
        steps = chosen["steps"]
        return train_networks([fold.whole], fold.classes, settings, steps, steps, seed, clip).held[0][0]

    return timed(tune, refit)


METHODS = {"linear": linear, "forest": forest, "boosting": boosting, "adam": network}
