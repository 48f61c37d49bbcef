"""Golden values for the optimizers, by PyTorch: prints optimizer_golden.h.

    python3 tests/golden/optimizer.py > tests/golden/optimizer_golden.h

Ascends value(z) = -1/2 sum a (z - c)^2 in three coordinates for eight steps with every optimizer and schedule.
"""
import math

import torch

STEPS = 8
CURVATURE = [1.0, 0.25, 30.0]
CENTER = [0.5, -2.0, 0.1]
START = [1.5, 0.75, -0.3]
RATE = 0.05
SCHEDULES = {
    "constant": lambda step: 1.0,
    "linear": lambda step: 1 - step / STEPS,
    "cosine": lambda step: 0.5 * (1 + math.cos(math.pi * step / STEPS)),
}
OPTIMIZERS = {
    "sgd": lambda z: torch.optim.SGD([z], lr=RATE, maximize=True),
    "momentum": lambda z: torch.optim.SGD([z], lr=RATE, momentum=0.8, maximize=True),
    "adam": lambda z: torch.optim.Adam([z], lr=RATE, betas=(0.8, 0.99), eps=1e-6, maximize=True),
}


def path(make, schedule):
    z = torch.tensor(START, requires_grad=True)
    curvature, center = torch.tensor(CURVATURE), torch.tensor(CENTER)
    optimizer = make(z)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, schedule)
    points = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        (-0.5 * (curvature * (z - center) ** 2).sum()).backward()
        optimizer.step()
        scheduler.step()
        points.append(z.detach().tolist())
    return points


def row(values):
    return "{" + ", ".join(f"{value:.9g}f" if "." in f"{value:.9g}" else f"{value:.9g}.0f" for value in values) + "}"


def main():
    print("/* Written by optimizer.py with PyTorch " + torch.__version__.split("+")[0] + ". */")
    print("// clang-format off")
    print(f"enum {{ GOLDEN_STEPS = {STEPS} }};")
    for name, values in (("curvature", CURVATURE), ("center", CENTER), ("start", START)):
        print(f"static const float golden_{name}[3] = {row(values)};")
    print(f"static const float golden_rate = {RATE}f;")
    print("static const struct { const char *optimizer, *schedule; float z[GOLDEN_STEPS][3]; } golden_paths[] = {")
    for optimizer, make in OPTIMIZERS.items():
        for schedule, factor in SCHEDULES.items():
            print(f'    {{"{optimizer}", "{schedule}", {{')
            for point in path(make, factor):
                print(f"        {row(point)},")
            print("    }},")
    print("};")
    print("// clang-format on")


main()
