"""Tables as all methods of the comparison see them: the folds of the plan, columns encoded by rules learnt on training rows.

The rules are those of `fitPreprocessing`: a missing number becomes the mean, with a 0/1 column that says so where training had
any; numbers are standardised (1/n); categories become 0/1 columns; constant columns are left out.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class Part:
    """X and y of training rows and of the rows held out; y holds standardised numbers or class numbers."""

    X: np.ndarray
    y: np.ndarray
    X_held: np.ndarray
    y_held: np.ndarray


@dataclass(frozen=True)
class OuterFold:
    whole: Part
    inner: list[Part]
    classes: int
    """0 for regression."""
    scale: float
    """Of a regression target; 1 for classes."""


def loss_of(predicted: np.ndarray, y: np.ndarray, classes: int, clip: float) -> float:
    """Log-loss of probabilities (rows × classes), or half the mean squared error."""
    if not classes:
        return float(np.mean((predicted - y) ** 2) / 2)
    own = predicted[np.arange(len(y)), y.astype(int)]
    return float(-np.mean(np.log(np.clip(own, clip, 1 - clip))))


class NumberColumn:
    def __init__(self, cells: list[str], rows: np.ndarray):
        self.values = np.array([float(cell) if cell else np.nan for cell in cells])
        training = self.values[rows]
        self.indicator = bool(np.isnan(training).any())
        self.mean = np.nanmean(training)
        self.scale = np.where(np.isnan(training), self.mean, training).std()

    def encoded(self, rows: np.ndarray) -> np.ndarray:
        values = self.values[rows]
        missing = np.isnan(values)
        numbers = (np.where(missing, self.mean, values) - self.mean) / self.scale
        return np.column_stack([numbers, missing.astype(float)]) if self.indicator else numbers[:, None]


class CategoryColumn:
    def __init__(self, cells: list[str], rows: np.ndarray):
        self.cells = np.array(cells, dtype=object)
        training = self.cells[rows]
        levels = sorted({cell for cell in training if cell})
        missing = bool((training == "").any())
        if missing and len(levels) > 1:
            levels.append("")
        self.levels = levels[1:] if len(levels) == 2 and not missing else levels

    def encoded(self, rows: np.ndarray) -> np.ndarray:
        return np.column_stack([(self.cells[rows] == level).astype(float) for level in self.levels])


def column_of(cells: list[str], rows: np.ndarray, categorical: bool) -> NumberColumn | CategoryColumn | None:
    """The rule of one column learnt on the given rows; None where they say nothing."""
    training = [cells[row] for row in rows]
    present = {cell for cell in training if cell}
    if not present or (len(present) == 1 and "" not in training):
        return None
    return CategoryColumn(cells, rows) if categorical or len(present) == 1 else NumberColumn(cells, rows)


class DataSet:
    def __init__(self, folder: Path, planned: dict):
        with open(folder / f"{planned['name']}.csv", newline="", encoding="utf-8") as file:
            header, *records = list(csv.reader(file))
        self.planned = planned
        self.rows = np.array(planned["rows"])
        self.outer = np.array(planned["outerFold"])
        left_out = {planned["target"], *planned["drop"]}
        self.columns = {name: [record[k] for record in records] for k, name in enumerate(header) if name not in left_out}
        target = [record[header.index(planned["target"])] for record in records]
        self.classes = planned["classes"]
        self.y = np.array([self.classes.index(cell) if self.classes else float(cell) for cell in target])

    def encode(self, train: np.ndarray, held: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        categorical = self.planned["categorical"]
        columns = [column_of(cells, train, name in categorical) for name, cells in self.columns.items()]
        used = [column for column in columns if column is not None]
        return np.hstack([c.encoded(train) for c in used]), np.hstack([c.encoded(held) for c in used])

    def outer_fold(self, fold: int) -> OuterFold:
        training = self.outer != fold
        shift, scale = (0, 1) if self.classes else (self.y[self.rows[training]].mean(), self.y[self.rows[training]].std())
        inner = np.array(self.planned["innerFold"][fold])

        def part(train: np.ndarray, held: np.ndarray) -> Part:
            train, held = self.rows[train], self.rows[held]
            X, X_held = self.encode(train, held)
            targets = [self.y[rows] if self.classes else (self.y[rows] - shift) / scale for rows in (train, held)]
            return Part(X, targets[0], X_held, targets[1])

        parts = [part(training & (inner != k), training & (inner == k)) for k in range(inner.max() + 1)]
        return OuterFold(part(training, ~training), parts, len(self.classes), float(scale))
