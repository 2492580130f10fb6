"""One module for each peer. A method is a function (problem, lam, threads, options) -> Answer."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Callable, Iterator

from evaluate import Verdict


@dataclass
class Answer:
    """What a method hands back: the judged point, its cost and what should be said about it."""

    verdict: Verdict | None
    seconds_cpu: float
    seconds_wall: float
    note: str = ""
    extra: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Options:
    """cap_cpu: CPU seconds after which a method that can stop early hands back its iterate.
    lambdas: those of a path, descending.
    target: an objective; methods that run until they reach one note the CPU seconds at which they first do."""

    cap_cpu: float = 100.0
    target: float | None = None
    batch: int | None = None
    checkpoints: tuple[float, ...] = (1.0, 3.0, 10.0, 30.0, 60.0)
    seed: int = 0
    lambdas: tuple[float, ...] = ()


class Stopwatch:
    """CPU seconds of this process (all threads) and wall seconds, over the code inside `running`."""

    def __init__(self) -> None:
        self.cpu = 0.0
        self.wall = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        cpu, wall = time.process_time(), time.perf_counter()
        try:
            yield
        finally:
            self.cpu += time.process_time() - cpu
            self.wall += time.perf_counter() - wall

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Inside `running`: what happens here is not counted."""
        cpu, wall = time.process_time(), time.perf_counter()
        try:
            yield
        finally:
            self.cpu -= time.process_time() - cpu
            self.wall -= time.perf_counter() - wall


def registry() -> dict[str, Callable]:
    """All methods by name. Modules are imported when asked for: a peer that is not installed costs only its own rows."""
    from importlib import import_module

    return {
        name: (lambda *arguments, m=module, f=function, k=keywords: getattr(import_module(m), f)(*arguments, **k))
        for name, (module, function, keywords) in METHODS.items()
    }


def ladder(name: str, module: str, function: str, tolerances: tuple[float, ...], **more) -> dict:
    """One method for each tolerance: `<name>-1e-4` and so on."""
    return {f"{name}-{short(tol)}": (module, function, {"tol": tol, **more}) for tol in tolerances}


def short(tol: float) -> str:
    return f"{tol:.0e}".replace("e-0", "e-")


def conic(solver: str, tolerances: tuple[float, ...]) -> dict:
    """`cvxpy-<solver>-relu-<tolerance>` and the same for gated."""
    programs = {"relu": "solve_relu", "gated": "solve_gated"}
    name, module = f"cvxpy-{solver.lower()}", "methods.conic_methods"
    return {
        key: method
        for program, function in programs.items()
        for key, method in ladder(f"{name}-{program}", module, function, tolerances, solver=solver).items()
    }


def paths(name: str, function: str, settings: dict[str, dict]) -> dict:
    """`path-<name>-relu-<setting>` and the same for gated."""
    return {
        f"path-{name}-{program}-{setting}": ("methods.path_methods", function, {"gated": program == "gated", **keywords})
        for program in ("relu", "gated")
        for setting, keywords in settings.items()
    }


METHODS: dict[str, tuple[str, str, dict]] = {
    "scnn-al-f32": ("methods.scnn_methods", "solve_relu", {"dtype": "float32", "tol": 1e-6}),
    "scnn-al-f64-1e-8": ("methods.scnn_methods", "solve_relu", {"dtype": "float64", "tol": 1e-8}),
    "scnn-rfista-f32": ("methods.scnn_methods", "solve_gated", {"dtype": "float32", "tol": 1e-6}),
    "scnn-rfista-f64-1e-8": ("methods.scnn_methods", "solve_gated", {"dtype": "float64", "tol": 1e-8}),
    "scnn-rfista-f64-to-target": ("methods.scnn_methods", "solve_gated_to_target", {"dtype": "float64"}),
    "adelie-relu-1e-7": ("methods.adelie_methods", "solve_relu", {"tol": 1e-7}),
    "adelie-relu-1e-10": ("methods.adelie_methods", "solve_relu", {"tol": 1e-10}),
    "adelie-relu-path-1e-7": ("methods.adelie_methods", "solve_relu", {"tol": 1e-7, "path_points": 20}),
    "adelie-gated-1e-7": ("methods.adelie_methods", "solve_gated", {"tol": 1e-7}),
    "adelie-gated-1e-10": ("methods.adelie_methods", "solve_gated", {"tol": 1e-10}),
    "celer-gated-1e-6": ("methods.lasso_methods", "solve_celer", {"tol": 1e-6}),
    "skglm-gated-1e-6": ("methods.lasso_methods", "solve_skglm", {"tol": 1e-6}),
    "scnn-al-f64-traced": ("methods.scnn_methods", "solve_relu_traced", {"dtype": "float64", "tol": 1e-8}),
    "scnn-cvxpy-ecos-relu": ("methods.scnn_methods", "solve_by_cvxpy", {"solver": "ecos", "gated": False}),
    "scnn-cvxpy-ecos-gated": ("methods.scnn_methods", "solve_by_cvxpy", {"solver": "ecos", "gated": True}),
    **ladder("adelie-relu", "methods.adelie_methods", "solve_relu", (1e-4,)),
    **ladder("adelie-gated", "methods.adelie_methods", "solve_gated", (1e-4, 1e-13)),
    **ladder("celer-gated", "methods.lasso_methods", "solve_celer", (1e-3, 1e-9)),
    **ladder("skglm-gated", "methods.lasso_methods", "solve_skglm", (1e-4, 1e-8, 1e-10)),
    **conic("CLARABEL", (1e-4, 1e-8)),
    **conic("SCS", (1e-4, 1e-6)),
    **conic("ECOS", (1e-8,)),
    **paths("adelie", "solve_adelie", {"1e-7": {"tol": 1e-7}, "1e-10": {"tol": 1e-10}}),
    **paths("scnn", "solve_scnn", {"default": {"dtype": "float32", "tol": 1e-6}}),
    **paths("scnn", "solve_scnn", {"f64-1e-8": {"dtype": "float64", "tol": 1e-8}}),
    **ladder("path-skglm-gated", "methods.path_methods", "solve_skglm", (1e-4, 1e-6, 1e-8)),
    **ladder("path-celer-gated", "methods.path_methods", "solve_celer", (1e-4, 1e-6)),
    "lbfgs-500": ("methods.quality_methods", "train_lbfgs", {"width": 500}),
    "lbfgs-100": ("methods.quality_methods", "train_lbfgs", {"width": 100}),
    "sklearn-lbfgs-500": ("methods.quality_methods", "train_sklearn", {"width": 500, "solver": "lbfgs"}),
    "sklearn-adam-500": ("methods.quality_methods", "train_sklearn", {"width": 500, "solver": "adam"}),
    "adam-500": ("methods.adam_method", "train", {"width": 500, "learning_rate": 1e-3}),
    "adam-500-lr-1e-2": ("methods.adam_method", "train", {"width": 500, "learning_rate": 1e-2}),
}

GATED = tuple(name for name in METHODS if "gated" in name or "rfista" in name)
