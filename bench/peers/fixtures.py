"""Small networks exported to ONNX by others, so that our reader is tested on files as they come.

    python fixtures.py [--out ../../test/fixtures/onnx]

Exporters: torch's TorchScript one and its present one (torch.export), skl2onnx. Each `<name>.onnx` has a `<name>.json`:
    about, exporter, expect: "scores" | "refuse"
    inputs n×d and outputs n×c: the scores (before a sigmoid or softmax), in float64 from the weights as stored in the file
    tolerance: the largest |difference| to ask for; 1e-12 where the weights are taken as they are, 1e-5 where the exporter
        or the file folds a scaling or a batch normalisation in float32
    weights {hidden m×d, hiddenBias m, output m×c, outputBias c}: as they act on the inputs
    runtime: what onnxruntime returns for the inputs, by output name (checked here against outputs)
    refusal: for "refuse", a word that the message should hold
Everything is seeded. Node metadata with stack traces (paths of the exporting machine) is taken out of the files.
"""

from __future__ import annotations

import argparse
import json
import logging
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

from fixture_case import Case
from fixtures_sklearn import sklearn_cases
from fixtures_torch import torch_cases

HERE = Path(__file__).resolve().parent


def without_traces(path: Path) -> None:
    """Drops doc strings and stack traces; weights in a second file stay there."""
    model = onnx.load(str(path), load_external_data=False)
    for holder in (
        model.graph,
        *model.graph.node,
        *model.graph.input,
        *model.graph.output,
        *model.graph.initializer,
        *model.graph.value_info,
    ):
        kept = [entry for entry in holder.metadata_props if "trace" not in entry.key]
        del holder.metadata_props[:]
        holder.metadata_props.extend(kept)
        holder.doc_string = ""
    path.write_bytes(model.SerializeToString())


def as_rows(value) -> list:
    """A runtime output as plain JSON; ZipMap gives a list of dictionaries."""
    if isinstance(value, list):
        return [[float(number) for number in row.values()] for row in value]
    return value.tolist()


def runtime_outputs(path: Path, inputs: np.ndarray) -> dict[str, list]:
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return {
        name: as_rows(value) for name, value in zip(names, session.run(names, {session.get_inputs()[0].name: inputs}))
    }


def check(case: Case, scores: np.ndarray, runtime: dict[str, list]) -> float:
    """Largest difference between the runtime's output and ours."""
    watched = np.array(list(runtime.values())[case.watched], dtype=np.float64)
    expected = case.head(scores)
    limit = 1e-11 if case.dtype == np.float64 else 2e-5
    if watched.shape != expected.shape:
        raise SystemExit(f"fixtures.py: {case.name}: onnxruntime returns {watched.shape}, expected {expected.shape}")
    difference = float(np.abs(watched - expected).max() / max(1.0, np.abs(expected).max()))
    if not difference <= limit:
        raise SystemExit(
            f"fixtures.py: {case.name}: onnxruntime differs from the weights by {difference:.1e}, expected at most {limit:.0e}"
        )
    return difference


def write_case(case: Case, folder: Path) -> str:
    path = folder / f"{case.name}.onnx"
    case.write(path)
    without_traces(path)
    runtime = runtime_outputs(path, case.inputs)
    inputs = case.inputs.astype(np.float64)
    facts = {
        "about": case.about,
        "exporter": case.exporter,
        "expect": "refuse" if case.refusal else "scores",
        "inputs": inputs.tolist(),
    }
    difference = float("nan")
    if case.refusal:
        facts["refusal"] = case.refusal
    else:
        scores = case.weights.scores(inputs)
        difference = check(case, scores, runtime)
        facts |= {"outputs": scores.tolist(), "tolerance": case.tolerance, "weights": case.weights.json()}
    path.with_suffix(".json").write_text(json.dumps({**facts, "runtime": runtime}) + "\n")
    operators = ", ".join(node.op_type for node in onnx.load(str(path)).graph.node)
    return f"{case.name:28} {path.stat().st_size:6} bytes  {difference:.0e}  {operators}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=HERE.parents[1] / "test" / "fixtures" / "onnx")
    folder = parser.parse_args().out
    folder.mkdir(parents=True, exist_ok=True)
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)  # torchvision's operators are not needed
    rng = np.random.default_rng(0)
    for case in (*torch_cases(rng), *sklearn_cases(rng)):
        print(write_case(case, folder))


if __name__ == "__main__":
    main()
