"""Answers requests, one JSON line each on standard input, with one JSON line each.

    {"row": {…}}      a row of run_peers.py (its keys, and `calls`, `target`): solved and judged
    {"judge": {…}}    an answer of anybody's, as judge_answer.py describes it
    {"judges": […]}   several answers, one after the other: {"verdicts": […]}
    {"versions": {}}  Python's and the peers' versions

Every request is answered by a process of its own, forked from this one, which has imported everything and computed
nothing: rows share no state, and none waits for torch to load. A request may name `limit`, wall seconds after which its
process is ended. The number of threads is that of the environment (OMP_NUM_THREADS and the like, set before the start).
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import time

import adelie  # noqa: F401  imported for the processes to come
import celer  # noqa: F401
import scipy.optimize  # noqa: F401
import scnn.optimize  # noqa: F401
import skglm  # noqa: F401
import sklearn.neural_network  # noqa: F401
import torch  # noqa: F401

import methods.adam_method  # noqa: F401
import methods.adelie_methods  # noqa: F401
import methods.conic_methods  # noqa: F401
import methods.lasso_methods  # noqa: F401
import methods.path_methods  # noqa: F401
import methods.quality_methods  # noqa: F401
import methods.scnn_methods  # noqa: F401
from judge_answer import judge
from run_peers import failed, machine, solve_row

WALL_SECONDS = 600.0


def answer(request: dict) -> dict:
    if "judge" in request:
        return judge(request["judge"])
    if "judges" in request:
        return {"verdicts": [judge(claim) for claim in request["judges"]]}
    if "versions" in request:
        known = machine()
        return {"python": known["python"], "packages": known["packages"]}
    return solve_row(request["row"])


def in_child(request: dict, out: int) -> None:
    """Writes the answer, or {"error": …}, and ends the process without the parent's clean-up."""
    try:
        reply = answer(request)
    except Exception as error:  # handed over: the parent turns it into a note
        reply = {"error": f"{type(error).__name__}: {str(error)[:300]}"}
    with os.fdopen(out, "w") as pipe:
        pipe.write(json.dumps(reply))
    os._exit(0)


def read_until(pipe: int, deadline: float) -> str | None:
    """All that the child writes; None when time runs out."""
    parts: list[bytes] = []
    while select.select([pipe], [], [], max(0.0, deadline - time.monotonic()))[0]:
        part = os.read(pipe, 1 << 16)
        if not part:
            return b"".join(parts).decode()
        parts.append(part)
    return None


def reply_to(request: dict) -> dict:
    limit = float(request.get("limit", WALL_SECONDS))
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read_end)
        in_child(request, write_end)
    os.close(write_end)
    text = read_until(read_end, time.monotonic() + limit)
    os.close(read_end)
    if text is None:
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if text is None:
        return failed(f"killed after {limit:g} s of wall time")
    if os.WIFSIGNALED(status):
        return failed(f"ended by {signal.Signals(os.WTERMSIG(status)).name}: past its CPU cap, or short of memory")
    reply = json.loads(text)
    return failed(reply["error"]) if "error" in reply and "row" in request else reply


def main() -> None:
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever a peer prints goes to the errors
    for line in sys.stdin:
        replies.write(json.dumps(reply_to(json.loads(line))) + "\n")
        replies.flush()


if __name__ == "__main__":
    main()
