"""The convex program of a small two-layer ReLU network over all its patterns, solved to a certified bracket.

    min (1/n) Σ ℓ(f_i, y_i) + λ Σ (‖v_i‖ + ‖w_i‖),  f = Σ D_i X (v_i − w_i) + b₀,  v_i, w_i ∈ K_i
    ℓ: squared ½(f − y)², or logistic log(1 + e^{−yf}) with y = ±1; b₀ free where asked for.

cvxpy and Clarabel solve it over a growing list of (pattern, sign) blocks (the logistic loss by damped Newton steps, each
one such solve: exponential cones stall at small λ); after each solve all blocks are priced with
h_i(θ) = min_{ν ≥ 0} ‖XᵀD_iθ + Xᵀ(2D_i − I)ν‖ (scipy's NNLS: any ν gives an upper bound, so the lower bound is sound).
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import cvxpy as cp
import numpy as np
from scipy.optimize import nnls

from exact_patterns import all_patterns

BLOCKS_AT_ONCE = 64
NEW_BLOCKS = 24
MAX_ROUNDS = 60
IDLE = 1e-6
STEPS = tuple(0.5**k for k in range(12))
# Clarabel's tolerances, tightest first: the next is tried when it gives up. Every answer is certified here anyway.
TOLERANCES = (1e-13, 1e-11, 1e-9, 1e-8)


# (0 for +, 1 for −; number of the pattern)
Block = tuple[int, int]


@dataclass(frozen=True)
class SmallProblem:
    """X already has its column of ones where a hidden bias is asked for."""

    X: np.ndarray
    y: np.ndarray
    lam: float
    loss: str
    output_bias: bool


@dataclass(frozen=True)
class Truth:
    """lower ≤ optimum ≤ upper; upper is the objective of a network, lower a dual value over all patterns."""

    upper: float
    lower: float
    patterns: int
    rounds: int
    neurons: int


def mean_loss(problem: SmallProblem, fit: np.ndarray) -> float:
    if problem.loss == "squared":
        return float(np.mean((fit - problem.y) ** 2) / 2)
    return float(np.mean(np.logaddexp(0, -problem.y * fit)))


def residual(problem: SmallProblem, fit: np.ndarray) -> np.ndarray:
    """−∂ℓ/∂f."""
    if problem.loss == "squared":
        return problem.y - fit
    return problem.y * np.exp(-np.logaddexp(0, problem.y * fit))


def entropy(q: np.ndarray) -> np.ndarray:
    """−q log q − (1 − q) log(1 − q), −∞ outside [0, 1]."""
    inside = np.clip(q, 1e-300, 1.0)
    rest = np.clip(1 - q, 1e-300, 1.0)
    value = -inside * np.log(inside) - rest * np.log(rest)
    return np.where((q < 0) | (q > 1), -np.inf, value)


def dual_value(problem: SmallProblem, theta: np.ndarray) -> float:
    n = len(problem.y)
    if problem.loss == "squared":
        return float(theta @ problem.y - n / 2 * theta @ theta)
    return float(np.mean(entropy(problem.y * n * theta)))


class Pricer:
    """h_i(±θ) for every pattern."""

    def __init__(self, X: np.ndarray, patterns: np.ndarray) -> None:
        self.X, self.patterns = X, patterns.astype(np.float64)
        # unit rows: NNLS is then well scaled, the cone is the same
        norms = np.linalg.norm(X, axis=1, keepdims=True)
        self.unit = X / np.where(norms > 0, norms, 1)

    def support(self, i: int, direction: np.ndarray) -> float:
        cone_rows = (2 * self.patterns[i] - 1)[:, None] * self.unit
        return float(nnls(cone_rows.T, -direction, maxiter=200 * len(cone_rows))[1])

    def values(self, theta: np.ndarray, threshold: float) -> np.ndarray:
        """2×P (plus and minus); where even ‖XᵀD_iθ‖ is below the threshold that bound is given."""
        directions = (self.patterns * theta) @ self.X
        bounds = np.linalg.norm(directions, axis=1)
        values = np.vstack([bounds, bounds])
        for i in np.flatnonzero(bounds > threshold):
            values[:, i] = self.support(i, directions[i]), self.support(i, -directions[i])
        return values


def master(problem: SmallProblem, patterns: np.ndarray, blocks: list[Block], around: np.ndarray):
    """Solves over the blocks, with the loss's second-order model at the fit `around` (exact for the squared loss).
    Returns the weights (blocks×d) and b₀. The objective is divided by λ: of the scalings tried the most accurate."""
    n, d = problem.X.shape
    masks = np.array([patterns[i] for _, i in blocks], dtype=np.float64)
    lifted = np.hstack([s * mask[:, None] * problem.X for s, mask in zip(block_signs(blocks), masks)])
    U, b0 = cp.Variable((len(blocks), d)), cp.Variable()
    fit = lifted @ cp.reshape(U, (len(blocks) * d,), order="C") + (b0 if problem.output_bias else 0)
    cones = cp.multiply(2 * masks - 1, U @ problem.X.T) >= 0
    objective = model_of_loss(problem, fit, around) / (n * problem.lam) + cp.sum(cp.norm(U, 2, axis=1))
    solve_with_ladder(cp.Problem(cp.Minimize(objective), [cones]))
    return U.value, float(b0.value) if problem.output_bias else 0.0


def model_of_loss(problem: SmallProblem, fit, around: np.ndarray):
    """Σ ℓ up to a constant, or its second-order model."""
    if problem.loss == "squared":
        return cp.sum_squares(fit - problem.y) / 2
    slope = residual(problem, around)
    curvature = np.abs(slope) * (1 - np.abs(slope))
    step = fit - around
    return cp.sum_squares(cp.multiply(np.sqrt(curvature), step)) / 2 - slope @ step


def solve_with_ladder(program: cp.Problem) -> None:
    """Leaves a point in the variables, from the tightest tolerance at which Clarabel gives one."""
    for tolerance in TOLERANCES:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)  # "may be inaccurate": the certificate decides
                program.solve(
                    solver=cp.CLARABEL, tol_gap_abs=tolerance, tol_gap_rel=tolerance, tol_feas=tolerance, max_iter=200
                )
        except cp.SolverError:
            continue
        if program.status in (cp.OPTIMAL, cp.OPTIMAL_INACCURATE):
            return
    raise RuntimeError(f"enumerated_program: Clarabel gave no point ({program.status})")


def block_signs(blocks: list[Block]) -> np.ndarray:
    return np.array([1.0 if s == 0 else -1.0 for s, _ in blocks])


def judge(problem: SmallProblem, U: np.ndarray, blocks: list[Block], b0: float) -> tuple[float, np.ndarray]:
    """Objective and fit of the network Σ ±(Xu)_+ + b₀: an upper bound of the optimum whatever the cones say."""
    fit = np.maximum(problem.X @ U.T, 0) @ block_signs(blocks) + b0
    return mean_loss(problem, fit) + problem.lam * float(np.linalg.norm(U, axis=1).sum()), fit


def constant_fit(problem: SmallProblem) -> float:
    """The best b₀ of a network without neurons."""
    mean = float(np.mean(problem.y))
    if not problem.output_bias:
        return 0.0
    if problem.loss == "squared":
        return mean
    if abs(mean) == 1:
        raise ValueError("enumerated_program: one class only, with a free output bias: no optimum is attained")
    return float(np.log1p(mean) - np.log1p(-mean))


def lower_bound(problem: SmallProblem, pricer: Pricer, fit: np.ndarray) -> tuple[float, np.ndarray]:
    """The scaled residual's dual value, and h of the unscaled one for the pricing."""
    theta = residual(problem, fit) / len(problem.y)
    if problem.output_bias:
        theta = theta - theta.mean()
    values = pricer.values(theta, problem.lam)
    scale = min(1.0, problem.lam / max(values.max(), 1e-300))
    if problem.loss == "squared":
        scale = min(
            problem.lam / max(values.max(), 1e-300),
            float(theta @ problem.y) / max(len(problem.y) * theta @ theta, 1e-300),
        )
    return dual_value(problem, max(scale, 0.0) * theta), values


def violating(values: np.ndarray, lam: float, known: set[Block]) -> list[Block]:
    order = np.argsort(-values, axis=None)
    found = (tuple(int(k) for k in np.unravel_index(at, values.shape)) for at in order)
    return [block for block in found if values[block] > lam and block not in known][:NEW_BLOCKS]


class Search:
    """The state of one solve: blocks, their weights, and the bracket."""

    def __init__(self, problem: SmallProblem) -> None:
        self.problem = problem
        self.patterns = all_patterns(problem.X)
        self.pricer = Pricer(problem.X, self.patterns)
        self.b0 = constant_fit(problem)
        self.fit = np.full(len(problem.y), self.b0)
        self.upper, self.rounds = mean_loss(problem, self.fit), 0
        self.lower, values = lower_bound(problem, self.pricer, self.fit)
        every = [(s, i) for s in range(2) for i in range(len(self.patterns))]
        self.blocks = every if len(every) <= BLOCKS_AT_ONCE else violating(values, 0.0, set())
        self.U = np.zeros((len(self.blocks), problem.X.shape[1]))

    def open(self, target: float) -> bool:
        return self.upper - self.lower > target * max(abs(self.upper), 1e-12)

    def move(self, U: np.ndarray, b0: float) -> bool:
        """Towards the point with halved steps until the objective falls; false when no step does."""
        for step in STEPS if self.problem.loss == "logistic" else (1.0,):
            U_step, b0_step = self.U + step * (U - self.U), self.b0 + step * (b0 - self.b0)
            objective, fit = judge(self.problem, U_step, self.blocks, b0_step)
            if objective < self.upper:
                self.U, self.b0, self.upper, self.fit = U_step, b0_step, objective, fit
                return True
        return False

    def add(self, blocks: list[Block]) -> None:
        self.blocks = self.blocks + blocks
        self.U = np.vstack([self.U, np.zeros((len(blocks), self.U.shape[1]))])

    def drop_idle_blocks(self) -> None:
        norms = np.linalg.norm(self.U, axis=1)
        kept = norms > IDLE * norms.max(initial=0.0)
        self.blocks = [block for block, keep in zip(self.blocks, kept) if keep]
        self.U = self.U[kept]
        self.upper, self.fit = judge(self.problem, self.U, self.blocks, self.b0)

    def round(self) -> bool:
        """One master and one pricing, at the master's point and where the step ended; true when the bracket narrowed or new
        blocks came in. A point too little better to be moved to (rounding) can still have the better dual."""
        self.rounds += 1
        before = self.upper - self.lower
        U, b0 = master(self.problem, self.patterns, self.blocks, self.fit)
        fits = [judge(self.problem, U, self.blocks, b0)[1]]
        if self.move(U, b0) and not np.array_equal(self.fit, fits[0]):
            fits.append(self.fit)
        for fit in fits:
            bound, values = lower_bound(self.problem, self.pricer, fit)
            self.lower = max(self.lower, bound)
        new = violating(values, self.problem.lam, set(self.blocks))
        self.add(new)
        return self.upper - self.lower < before or bool(new)


def solve(problem: SmallProblem, target: float = 1e-10) -> Truth:
    """Rounds of master and pricing until the relative gap is at the target. When a round brings nothing, the blocks
    without weight are dropped (a smaller master is more accurate); the second such stall in a row ends it."""
    search, stalls = Search(problem), 0
    while stalls < 2 and search.open(target) and search.rounds < MAX_ROUNDS and search.blocks:
        stalls = 0 if search.round() else stalls + 1
        if stalls == 1:
            search.drop_idle_blocks()
    neurons = int((np.linalg.norm(search.U, axis=1) > 1e-7).sum())
    return Truth(search.upper, search.lower, len(search.patterns), search.rounds, neurons)
