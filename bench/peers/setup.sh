#!/usr/bin/env bash
# Makes .venv beside this file with the pinned peers (about 6.4 GB: torch from PyPI brings CUDA along, though only the CPU
# is used). Takes about two minutes. PYTHON names another interpreter of version 3.11.
set -euo pipefail
cd "$(dirname "$0")"
python="${PYTHON:-python3.11}"
"$python" -m venv .venv
.venv/bin/python -m pip install --quiet --upgrade pip
.venv/bin/python -m pip install --quiet -r requirements.txt -c constraints.txt
.venv/bin/python -m pip install --quiet --no-deps -r requirements-nodeps.txt
.venv/bin/python - <<'CHECK'
import importlib
for name in ("numpy", "scipy", "sklearn", "torch", "scnn", "lab", "adelie", "celer", "skglm", "cvxpy", "clarabel", "ecos", "onnx", "skl2onnx"):
    module = importlib.import_module(name)
    print(f"{name:10} {getattr(module, '__version__', '(no version attribute)')}")
CHECK
