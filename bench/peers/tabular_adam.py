"""Two-layer ReLU networks by Adam: all settings on all inner folds at once, as one batched program.

One network for each (part, setting): hidden width 100 with biases, minibatches of 64, PyTorch's usual initial weights, Adam with
its usual moments, weight decay added to the gradients of the weights (not of the biases) as in `torch.optim.Adam`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from tabular_data import Part, loss_of

WIDTH, BATCH = 100, 64
BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8


@dataclass(frozen=True)
class Trained:
    losses: np.ndarray
    """parts × settings × checkpoints, on the held rows."""
    held: list[list[np.ndarray]]
    """For each part and setting the predictions on the held rows at the end."""


def padded(arrays: list[np.ndarray], columns: int) -> list[torch.Tensor]:
    """Columns of zeros at the end: inner folds may lack a level."""
    return [torch.tensor(np.pad(X, ((0, 0), (0, columns - X.shape[1]))), dtype=torch.float32) for X in arrays]


def initial_weights(parts: int, settings: int, inputs: int, outputs: int, random: torch.Generator) -> list[torch.Tensor]:
    """The same ones for all settings of a part: uniform within 1/√(fan in)."""

    def uniform(*shape: int, fan: int) -> torch.Tensor:
        values = (2 * torch.rand(parts, 1, *shape, generator=random) - 1) / np.sqrt(fan)
        return values.expand(parts, settings, *shape).clone()

    hidden = [uniform(inputs, WIDTH, fan=inputs), uniform(1, WIDTH, fan=inputs)]
    return [*hidden, uniform(WIDTH, outputs, fan=WIDTH), uniform(1, outputs, fan=WIDTH)]


def scores_of(weights: list[torch.Tensor], X: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Hidden activations and outputs; X has the shape parts × 1 × rows × inputs."""
    hidden = torch.relu(X @ weights[0] + weights[1])
    return hidden, hidden @ weights[2] + weights[3]


def gradients(weights: list[torch.Tensor], X: torch.Tensor, Y: torch.Tensor, classes: int) -> list[torch.Tensor]:
    hidden, scores = scores_of(weights, X)
    predicted = torch.softmax(scores, dim=-1) if classes else scores
    error = (predicted - Y) / X.shape[-2]
    back = (error @ weights[2].transpose(-1, -2)) * (hidden > 0)
    pairs = [(X.transpose(-1, -2) @ back, back), (hidden.transpose(-1, -2) @ error, error)]
    return [g for slope, own in pairs for g in (slope, own.sum(dim=-2, keepdim=True))]


def adam_step(weights, moments, slopes, rate, decay, step: int) -> None:
    """In place; rate and decay have one entry a setting."""
    for k, (weight, (first, second), slope) in enumerate(zip(weights, moments, slopes)):
        if k % 2 == 0:
            slope = slope.add_(decay * weight)
        first.mul_(BETA1).add_(slope, alpha=1 - BETA1)
        second.mul_(BETA2).addcmul_(slope, slope, value=1 - BETA2)
        size = (second / (1 - BETA2**step)).sqrt_().add_(EPSILON)
        weight.sub_(rate / (1 - BETA1**step) * first / size)


def held_predictions(weights, X_held: list[torch.Tensor], classes: int) -> list[list[np.ndarray]]:
    out = []
    for k, X in enumerate(X_held):
        scores = scores_of([weight[k] for weight in weights], X[None])[1].double()
        predicted = torch.softmax(scores, dim=-1) if classes else scores[..., 0]
        out.append(list(predicted.numpy()))
    return out


def train_networks(
    parts: list[Part], classes: int, settings: list[tuple[float, float]], steps: int, checkpoint: int, seed: int, clip: float
) -> Trained:
    """Trains a network for each part and (learning rate, weight decay), judged every `checkpoint` steps."""
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)  # fitted classes leave tiny gradients behind, three times slower
    random = torch.Generator().manual_seed(seed)
    inputs = max(part.X.shape[1] for part in parts)
    X = padded([part.X for part in parts], inputs)
    X_held = padded([part.X_held for part in parts], inputs)
    Y = [targets_of(part.y, classes) for part in parts]
    weights = initial_weights(len(parts), len(settings), inputs, max(classes, 1), random)
    moments = [(torch.zeros_like(weight), torch.zeros_like(weight)) for weight in weights]
    rate, decay = (torch.tensor([s[k] for s in settings]).reshape(1, -1, 1, 1) for k in (0, 1))
    batches = [batches_of(len(part.y), random) for part in parts]
    curves = []
    for step in range(1, steps + 1):
        rows = [next(batch) for batch in batches]
        X_batch = torch.stack([x[r] for x, r in zip(X, rows)])[:, None]
        Y_batch = torch.stack([y[r] for y, r in zip(Y, rows)])[:, None]
        adam_step(weights, moments, gradients(weights, X_batch, Y_batch, classes), rate, decay, step)
        if step % checkpoint == 0:
            held = held_predictions(weights, X_held, classes)
            curves.append([[loss_of(p, part.y_held, classes, clip) for p in h] for part, h in zip(parts, held)])
    return Trained(np.moveaxis(np.array(curves), 0, -1), held_predictions(weights, X_held, classes))


def targets_of(y: np.ndarray, classes: int) -> torch.Tensor:
    if not classes:
        return torch.tensor(y, dtype=torch.float32)[:, None]
    return torch.nn.functional.one_hot(torch.tensor(y.astype(int)), classes).float()


def batches_of(rows: int, random: torch.Generator):
    """Row numbers of one batch after the other: a shuffle an epoch, a rest shorter than a batch goes into the next."""
    left = torch.empty(0, dtype=torch.long)
    while True:
        while len(left) < BATCH:
            left = torch.cat([left, torch.randperm(rows, generator=random)])
        yield left[:BATCH]
        left = left[BATCH:]
