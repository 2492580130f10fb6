"""Runs the peers and writes one JSON row for each (problem, λ, method, threads).

    python run_peers.py --problems syn200x10_P100 --lambdas 1e-3 --methods scnn-al-f32 adelie-relu-1e-7 \
        --threads 1 2 --cap-cpu 60 --references references.json --out results/peers.json

Each row is a process of its own, with its number of threads fixed before numpy loads and a limit on its CPU and
wall time, so that a hang costs only its own row. Rows: {problem, P, lambda, method, threads, seconds_cpu, seconds_wall,
objective, violation, neurons, reference, relative_excess, note, ...}; objective is null where the peer returned
nothing. `--references` names a JSON object {"relu": {"<problem>": {"<lambda>": value}}, "gated": {…}}. The file is
written after every row.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import signal
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

HERE = Path(__file__).resolve().parent
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
START_UP_SECONDS = 60.0
IMPORT_CPU_SECONDS = 15.0
FURTHER_SECONDS = 0.5


def parse_arguments() -> argparse.Namespace:
    from methods import METHODS
    from problems import LAMBDAS, names

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--problems", nargs="+", default=names(), choices=names(), metavar="NAME")
    parser.add_argument("--lambdas", nargs="+", type=float, default=list(LAMBDAS))
    parser.add_argument("--methods", nargs="+", default=list(METHODS), choices=list(METHODS), metavar="NAME")
    parser.add_argument("--threads", nargs="+", type=int, default=[1])
    parser.add_argument("--cap-cpu", type=float, default=100.0, help="CPU seconds a row (default 100)")
    parser.add_argument("--adam-batch", type=int, default=None, help="rows a step of Adam (default: all)")
    parser.add_argument("--repeats", type=int, default=1, help="rows of the same kind, one after the other")
    parser.add_argument("--references", type=Path, help="JSON of reference objectives")
    parser.add_argument("--out", type=Path, default=HERE / "results" / "peers.json")
    parser.add_argument("--row", help=argparse.SUPPRESS)
    return parser.parse_args()


def solve_row(row: dict) -> dict:
    """In the row's own process: load, solve, judge."""
    from methods import Options, registry
    from problems import load

    problem = load(row["problem"])
    limit_cpu(row["cap_cpu"])
    options = Options(
        cap_cpu=row["cap_cpu"],
        batch=row["batch"],
        seed=row["repeat"],
        target=row.get("target"),
        lambdas=tuple(row.get("lambdas", ())),
    )

    def call():
        return registry()[row["method"]](problem, row["lambda"], row["threads"], options)

    answer = call()
    further = further_calls(call, row.get("calls", 1) - 1, answer.seconds_cpu)
    judged = asdict(answer.verdict) if answer.verdict else {"objective": None, "violation": None, "neurons": None}
    costs = {"P": int(problem.D.shape[1]), "seconds_cpu": answer.seconds_cpu, "seconds_wall": answer.seconds_wall}
    return {**costs, **further, **judged, "note": answer.note, **answer.extra}


def further_calls(call, count: int, first: float) -> dict:
    """The same call again in the same process while that takes no more than FURTHER_SECONDS altogether."""
    answers = [call() for _ in range(min(count, int(FURTHER_SECONDS / max(first, 1e-9))))]
    if not answers:
        return {}
    return {
        "further_cpu": [answer.seconds_cpu for answer in answers],
        "further_wall": [answer.seconds_wall for answer in answers],
    }


def limit_cpu(cap: float) -> None:
    """The kernel ends this process when it overruns its cap by a quarter (plus imports): for peers that cannot stop."""
    limit = int(time.process_time() + 1.25 * cap + IMPORT_CPU_SECONDS + FURTHER_SECONDS)
    resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))


def failed(note: str) -> dict:
    return {
        "seconds_cpu": None,
        "seconds_wall": None,
        "objective": None,
        "violation": None,
        "neurons": None,
        "note": note,
    }


def run_row(row: dict) -> dict:
    """Starts the row's process; a crash or a hang becomes a note."""
    environment = {**os.environ, **{name: str(row["threads"]) for name in THREAD_VARIABLES}}
    command = [sys.executable, str(Path(__file__).resolve()), "--row", json.dumps(row)]
    limit = 2 * row["cap_cpu"] + START_UP_SECONDS
    try:
        done = subprocess.run(command, env=environment, cwd=HERE, capture_output=True, text=True, timeout=limit)
    except subprocess.TimeoutExpired:
        return failed(f"killed after {limit:g} s of wall time")
    if done.returncode in (-signal.SIGKILL, -signal.SIGXCPU):
        return failed(f"ended by the kernel past the CPU cap of {row['cap_cpu']:g} s (or short of memory)")
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        return failed(f"exit status {done.returncode}: {last[:300]}")
    return json.loads(done.stdout.splitlines()[-1])


def reference_of(problem: str, lam: float, method: str, references: dict) -> float | None:
    from methods import GATED

    table = references.get("gated" if method in GATED else "relu", {}).get(problem, {})
    return next((value for key, value in table.items() if float(key) == lam), None)


def target_of(method: str, reference: float | None) -> float | None:
    """Runs to a target end at a relative excess of 1e-6 over the reference."""
    return reference * (1 + 1e-6) if method.endswith("to-target") and reference is not None else None


def plan(arguments: argparse.Namespace, references: dict) -> list[dict]:
    return [
        {
            "problem": problem,
            "lambda": lam,
            "method": method,
            "threads": threads,
            "repeat": repeat,
            "cap_cpu": arguments.cap_cpu,
            "batch": arguments.adam_batch,
            "target": target_of(method, reference_of(problem, lam, method, references)),
        }
        for problem in arguments.problems
        for lam in arguments.lambdas
        for method in arguments.methods
        for threads in arguments.threads
        for repeat in range(arguments.repeats)
    ]


def with_reference(row: dict, references: dict) -> dict:
    from evaluate import relative_excess

    reference = reference_of(row["problem"], row["lambda"], row["method"], references)
    return {**row, "reference": reference, "relative_excess": relative_excess(row["objective"], reference)}


def machine() -> dict:
    from importlib.metadata import version

    packages = ("numpy", "scipy", "scikit-learn", "torch", "pyscnn", "adelie", "celer", "skglm", "cvxpy", "clarabel", "scs", "ecos")
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
    return {
        "cpu": model,
        "cores": os.cpu_count(),
        "python": sys.version.split()[0],
        "packages": {p: version(p) for p in packages},
    }


def write(out: Path, rows: list[dict]) -> None:
    """A head, then one row a line."""
    head = json.dumps({"command": sys.argv, "machine": machine()}, ensure_ascii=False)[:-1]
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    out.write_text(f'{head},\n"rows": [\n{lines}\n]}}\n')


def number(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def main() -> None:
    arguments = parse_arguments()
    if arguments.row:
        print(json.dumps(solve_row(json.loads(arguments.row))))
        return
    references = json.loads(arguments.references.read_text()) if arguments.references else {}
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    rows: list[dict] = []
    for row in plan(arguments, references):
        rows.append(with_reference({**row, **run_row(row)}, references))
        write(arguments.out, rows)
        last = rows[-1]
        print(
            f"{last['problem']:16} {last['lambda']:<7g} {last['method']:22} {last['threads']}t "
            f"cpu {number(last['seconds_cpu'], '8.3f')} wall {number(last['seconds_wall'], '8.3f')} "
            f"objective {number(last['objective'], '.8g'):>12} excess {number(last['relative_excess'], '+.1e'):>8} "
            f"violation {number(last['violation'], '.0e')} {last['note']}",
            flush=True,
        )


if __name__ == "__main__":
    main()
