"""Every activation pattern of a small X, by exact integer arithmetic.

A double is an integer times a power of two, and scaling a row by a positive number moves no sign, so all rows become
integers and nothing is ever rounded. The cells of a central arrangement of rank r are found from its rays: every cell has
one, a ray is the meet of r − 1 independent hyperplanes, and around a ray the cells are those of the hyperplanes through it
(one rank less). Patterns of lower-dimensional faces are left out: a face lies in the closure of a cell and gives the same
(Xu)_+ there, so the program over the cells has the same value as the program over all patterns.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, product
from math import comb, gcd

import numpy as np

Row = tuple[int, ...]
Signs = tuple[int, ...]


def integer_row(row: np.ndarray) -> Row:
    """The row times the least power of two that makes it integer."""
    fractions = [Fraction(float(value)) for value in row]
    scale = max(f.denominator for f in fractions)
    return tuple(int(f * scale) for f in fractions)


def primitive(row: Row) -> Row:
    """Divided by the greatest common divisor; the zero row stays."""
    divisor = gcd(*row)
    return row if divisor == 0 else tuple(value // divisor for value in row)


def oriented(row: Row) -> tuple[Row, int]:
    """The primitive normal of the row's hyperplane with first non-zero entry positive, and the row's side of it."""
    normal = primitive(row)
    lead = next(value for value in normal if value != 0)
    return (normal, 1) if lead > 0 else (tuple(-value for value in normal), -1)


def sign(value: int) -> int:
    return (value > 0) - (value < 0)


def dot(a: Row, b: Row) -> int:
    return sum(x * y for x, y in zip(a, b))


def echelon(rows: list[Row]) -> tuple[list[list[Fraction]], list[int]]:
    """Reduced row echelon form (its non-zero rows) and the pivot columns."""
    work, pivots = [[Fraction(value) for value in row] for row in rows], []
    for column in range(len(rows[0]) if rows else 0):
        at = len(pivots)
        found = next((i for i in range(at, len(work)) if work[i][column] != 0), None)
        if found is None:
            continue
        work[at], work[found] = work[found], work[at]
        lead = work[at][column]
        work[at] = [value / lead for value in work[at]]
        for i in range(len(work)):
            if i != at and work[i][column] != 0:
                factor = work[i][column]
                work[i] = [a - factor * b for a, b in zip(work[i], work[at])]
        pivots.append(column)
    return work[: len(pivots)], pivots


def ray(rows: list[Row], dimension: int) -> Row | None:
    """The direction orthogonal to dimension − 1 rows, as a primitive integer vector; None where they are dependent."""
    reduced, pivots = echelon(rows)
    if len(pivots) != dimension - 1:
        return None
    free = next(column for column in range(dimension) if column not in pivots)
    values = [Fraction(0)] * dimension
    values[free] = Fraction(1)
    for row, pivot in zip(reduced, pivots):
        values[pivot] = -row[free]
    scale = 1
    for value in values:
        scale = scale * value.denominator // gcd(scale, value.denominator)
    return primitive(tuple(int(value * scale) for value in values))


def rays(normals: list[Row], dimension: int) -> set[Row]:
    found = (ray(list(chosen), dimension) for chosen in combinations(normals, dimension - 1))
    lines = {oriented(direction)[0] for direction in found if direction is not None}
    return lines | {tuple(-value for value in line) for line in lines}


def cells(normals: list[Row]) -> set[Signs]:
    """Sign vectors of the cells of pairwise different hyperplanes through the origin (no zero normal)."""
    _, pivots = echelon(normals)
    rank = len(pivots)
    if rank == len(normals):
        return set(product((-1, 1), repeat=rank))
    essential = [tuple(normal[column] for column in pivots) for normal in normals]
    if rank == 1:
        positive = tuple(sign(normal[0]) for normal in essential)
        return {positive, tuple(-s for s in positive)}
    found: set[Signs] = set()
    for direction in rays(essential, rank):
        found |= cells_around(essential, [sign(dot(normal, direction)) for normal in essential])
    return found


def cells_around(normals: list[Row], signs: list[int]) -> set[Signs]:
    """The cells whose closure holds a ray with these signs."""
    through = [k for k, s in enumerate(signs) if s == 0]
    found = set()
    for local in cells([normals[k] for k in through]):
        cell = list(signs)
        for k, s in zip(through, local):
            cell[k] = s
        found.add(tuple(cell))
    return found


def all_patterns(X: np.ndarray) -> np.ndarray:
    """P×n of 0 and 1, rows sorted: the pattern of every cell. A zero row of X is active in all (the tie rule)."""
    rows = [integer_row(row) for row in X]
    sides = {k: oriented(row) for k, row in enumerate(rows) if any(row)}
    normals = sorted({normal for normal, _ in sides.values()})
    index = {normal: k for k, normal in enumerate(normals)}
    patterns = {
        tuple(int(k not in sides or cell[index[sides[k][0]]] * sides[k][1] > 0) for k in range(len(rows)))
        for cell in (cells(normals) if normals else {()})
    }
    return np.array(sorted(patterns), dtype=np.uint8)


def general_position_count(n: int, rank: int) -> int:
    return 2 * sum(comb(n - 1, k) for k in range(rank))


def patterns_by_linear_programs(X: np.ndarray) -> np.ndarray:
    """The same by another road, for the self-test: rows are added one by one, HiGHS says which sides can be reached."""
    from scipy.optimize import linprog

    def reachable(signed: np.ndarray) -> bool:
        k, d = signed.shape
        answer = linprog(
            np.append(np.zeros(d), -1.0),
            A_ub=np.hstack([-signed, np.ones((k, 1))]),
            b_ub=np.zeros(k),
            bounds=[(-1, 1)] * d + [(None, 1)],
            method="highs",
        )
        return answer.status == 0 and -answer.fun > 1e-7

    unit = X / np.maximum(np.linalg.norm(X, axis=1, keepdims=True), 1e-300)
    partial: list[list[int]] = [[]]
    for k, row in enumerate(unit):
        sides = (1,) if not row.any() else (-1, 1)
        kept = [i for i in range(k + 1) if unit[i].any()]
        partial = [
            [*signs, s]
            for signs in partial
            for s in sides
            if not kept or reachable(np.array([*signs, s])[kept, None] * unit[kept])
        ]
    return np.array(sorted([int(s > 0) for s in signs] for signs in partial), dtype=np.uint8)
