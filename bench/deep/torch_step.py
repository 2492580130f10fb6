"""Steps of the same networks in PyTorch: reads `case method threads steps` lines, answers `wall cpu` in ms a step."""

import sys
import time

import torch
from torch import nn

GAMMA, LAMBDA, EPS = 0.01, 1e-4, 1e-6


def mlp(sizes, relu_after):
    layers = []
    for i in range(len(sizes) - 1):
        layers.append(nn.Linear(sizes[i], sizes[i + 1]))
        if i in relu_after:
            layers.append(nn.ReLU())
    return nn.Sequential(*layers)


def stage(a, b):
    return [nn.Conv2d(a, b, 3, padding=1), nn.ReLU(), nn.Conv2d(b, b, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]


def vgg19():
    layers, channels = [], 3
    for widths in ((64, 64), (128, 128), (256,) * 4, (512,) * 4, (512,) * 4):
        for width in widths:
            layers += [nn.Conv2d(channels, width, 3, padding=1), nn.ReLU()]
            channels = width
        layers.append(nn.AvgPool2d(2))
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(512, 10))


CASES = {
    "mlp-6-400": (lambda: mlp([784] + [400] * 5 + [10], {0, 1, 2, 3, 4}), (200, 784)),
    "mlp-3-400-factorised": (lambda: mlp([784] + [400] * 5 + [10], {0, 2, 4}), (200, 784)),
    "cnn-small": (lambda: nn.Sequential(*stage(1, 16), *stage(16, 32), nn.Flatten(), nn.Linear(32 * 49, 10)), (128, 1, 28, 28)),
    "vgg19": (vgg19, (16, 3, 32, 32)),
}


def column_axes(weight):
    return [axis for axis in range(weight.dim()) if axis != 1]


@torch.no_grad()
def proximal(groups):
    """Layer balance and prox, in the form that costs PyTorch least: norms as vectors, tensors changed in place."""
    norms = [(a.weight.flatten(1).norm(dim=1), torch.linalg.vector_norm(b.weight, dim=column_axes(b.weight))) for a, b in groups]
    sums = [(w * v).sum().clamp_min(EPS) for w, v in norms]
    common = torch.stack(sums).log().mean().exp()
    for g, (_, second) in enumerate(groups[:-1]):
        scale = common / sums[g]
        second.weight.mul_(scale)
        second.bias.mul_(scale)
        first, after = groups[g + 1]
        first.bias.mul_(scale)
        after.weight.div_(scale)
        sums[g + 1] = sums[g + 1] / scale
    for first, second in groups:
        v = torch.linalg.vector_norm(second.weight, dim=column_axes(second.weight), keepdim=True)
        second.weight.mul_((1 - GAMMA * LAMBDA / v.clamp_min(EPS)).clamp_min(0))
        w = first.weight.flatten(1).norm(dim=1).clamp_min(EPS)
        first.weight.div_(w.reshape([-1] + [1] * (first.weight.dim() - 1)))
        first.bias.div_(w)


def groups_of(model):
    groups, waiting = [], None
    for layer in model:
        if isinstance(layer, (nn.Linear, nn.Conv2d)):
            if waiting is not None:
                groups.append((waiting, layer))
                waiting = None
            else:
                waiting = layer
        elif isinstance(layer, (nn.MaxPool2d, nn.AvgPool2d)):
            waiting = None
    return groups


def stepper(case, method, channels_last):
    torch.manual_seed(0)
    build, shape = CASES[case]
    model, x = build(), torch.randn(shape)
    if channels_last:
        model, x = model.to(memory_format=torch.channels_last), x.to(memory_format=torch.channels_last)
    target = torch.randint(0, 10, (shape[0],))
    decay = LAMBDA if method == "weight-decay" else 0.0
    optimiser = torch.optim.SGD(model.parameters(), lr=GAMMA, weight_decay=decay, foreach=True)
    groups = groups_of(model)

    def step():
        optimiser.zero_grad(set_to_none=True)
        nn.functional.cross_entropy(model(x), target).backward()
        optimiser.step()
        if method == "pathprox":
            proximal(groups)

    return step


def main():
    made = {}
    print(torch.__version__, flush=True)
    for line in sys.stdin:
        case, method, threads, count = line.split()
        torch.set_num_threads(int(threads))
        answers = []
        # PyTorch may choose the layout that suits it: the better one is reported.
        for channels_last in ((False, True) if case in ("cnn-small", "vgg19") else (False,)):
            key = (case, method, channels_last)
            if key not in made:
                made[key] = stepper(*key)
                made[key]()
            wall, cpu = time.perf_counter(), time.process_time()
            for _ in range(int(count)):
                made[key]()
            answers.append(((time.perf_counter() - wall) / int(count), (time.process_time() - cpu) / int(count)))
        wall, cpu = min(answers, key=lambda answer: answer[1])
        print(1e3 * wall, 1e3 * cpu, flush=True)


main()
