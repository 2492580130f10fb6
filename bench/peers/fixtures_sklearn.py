"""Networks exported from scikit-learn by skl2onnx."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np

from fixture_case import FOLDED, ROWS, Case, Weights, softmax, two_columns


def train(estimator, X: np.ndarray, y: np.ndarray):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a few iterations on purpose: the weights need not be good
        return estimator.fit(X, y)


def sklearn_writer(model, d: int, dtype: type, options: dict | None):
    from skl2onnx import to_onnx
    from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType

    kind = DoubleTensorType if dtype == np.float64 else FloatTensorType

    def write(path: Path) -> None:
        converted = to_onnx(model, initial_types=[("X", kind([None, d]))], options=options, target_opset=17)
        path.write_bytes(converted.SerializeToString())

    return write


def sklearn_weights(network, dtype: type) -> Weights:
    """As stored: scikit-learn trains in float64, the file may keep float32."""
    stored = [np.asarray(array, dtype=dtype).astype(np.float64) for array in (*network.coefs_, *network.intercepts_)]
    return Weights(stored[0].T, stored[2], stored[1], stored[3])


def sklearn_case(
    name: str, about: str, model, network, X: np.ndarray, dtype: type = np.float32, options=None, **more
) -> Case:
    weights = sklearn_weights(network, dtype)
    if (scaler := more.pop("scaler", None)) is not None:
        weights = weights.scaled(scaler.mean_, 1 / scaler.scale_)
    write = sklearn_writer(model, X.shape[1], dtype, options)
    return Case(name, about, "skl2onnx", write, X[:ROWS].astype(dtype), weights, dtype=dtype, **more)


def sklearn_cases(rng: np.random.Generator) -> list[Case]:
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    X = rng.standard_normal((60, 4)) * [1, 5, 0.2, 1] + [0, 10, 0, -1]
    targets = np.maximum(X[:, 0], 0) - X[:, 2]
    shape = {"hidden_layer_sizes": (6,), "max_iter": 40, "random_state": 0}
    regressor = train(MLPRegressor(**shape), X, targets)
    two = train(MLPRegressor(**shape), X, np.column_stack([targets, X[:, 3]]))
    pipeline = train(make_pipeline(StandardScaler(), MLPRegressor(**shape)), X, targets)
    binary = train(MLPClassifier(**shape), X, np.where(targets > 0, "yes", "no"))
    three = train(MLPClassifier(**shape), X, np.digitize(targets, np.quantile(targets, [0.35, 0.7])))
    plain = {"zipmap": False}
    return [
        sklearn_case("sklearn-regressor", "MLPRegressor, float32", regressor, regressor, X),
        sklearn_case("sklearn-regressor-float64", "MLPRegressor, float64", regressor, regressor, X, np.float64),
        sklearn_case(
            "sklearn-regressor-two",
            "MLPRegressor with two targets: the converter puts both into one column, so the file is not the network",
            two,
            two,
            X,
            refusal="Reshape",
        ),
        sklearn_case(
            "sklearn-pipeline",
            "StandardScaler and MLPRegressor",
            pipeline,
            pipeline[-1],
            X,
            scaler=pipeline[0],
            tolerance=FOLDED,
        ),
        sklearn_case(
            "sklearn-binary",
            "MLPClassifier, two classes named in words",
            binary,
            binary,
            X,
            options=plain,
            head=two_columns,
            watched=1,
        ),
        sklearn_case(
            "sklearn-binary-zipmap", "the same with the default ZipMap", binary, binary, X, head=two_columns, watched=1
        ),
        sklearn_case(
            "sklearn-three", "MLPClassifier, three classes", three, three, X, options=plain, head=softmax, watched=1
        ),
    ]
