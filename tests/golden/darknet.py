"""Writes darknet_golden.h: outputs and input gradients of tests/golden/darknet.cfg by PyTorch, in double precision.
Run by hand: python3 tests/golden/darknet.py > tests/golden/darknet_golden.h"""
import numpy as np
import torch
import torch.nn.functional as F

B = 3
rng = np.random.default_rng(1)
parameters = []


def take(*shape, scale=0.4, shift=0.0):
    values = (rng.normal(size=shape) * scale + shift).astype(np.float32)
    return values


def normal_part(n):
    return take(n, scale=0.2, shift=1), take(n), np.abs(take(n)) + np.float32(0.5)


def tensor(values):
    return torch.tensor(np.asarray(values), dtype=torch.float64)


conv1_b, conv1_w = take(3), take(3, 2, 3, 3)
conv2_b = take(4)
conv2_s, conv2_m, conv2_v = normal_part(4)
conv2_w = take(4, 3, 3, 3)
full1_b, full1_w = take(6), take(6, 16)
full2_b, full2_w = take(5), take(5, 6)
full2_s, full2_m, full2_v = normal_part(5)
# The order of a .weights file.
order = [conv1_b, conv1_w, conv2_b, conv2_s, conv2_m, conv2_v, conv2_w, full1_b, full1_w, full2_b, full2_w, full2_s,
         full2_m, full2_v]
x0 = take(B, 2, 9, 8, scale=1)


def normalize(x, s, m, v, b):
    shape = (1, -1) + (1,) * (x.dim() - 2)
    s, m, v, b = (tensor(t).view(shape) for t in (s, m, v, b))
    return (x - m) / (v.sqrt() + 1e-6) * s + b  # as Darknet does outside training


def layers(x):
    """What each layer puts out: before and after its activation function."""
    a = F.conv2d(x, tensor(conv1_w), tensor(conv1_b), padding=1)
    yield a, F.leaky_relu(a, 0.1)
    p = F.max_pool2d(F.leaky_relu(a, 0.1), 2)
    yield p, p
    c = normalize(F.conv2d(p, tensor(conv2_w), stride=2, padding=1), conv2_s, conv2_m, conv2_v, conv2_b)
    yield c, F.relu(c)
    f = F.relu(c).flatten(1) @ tensor(full1_w).T + tensor(full1_b)
    yield f, torch.sigmoid(f)
    g = normalize(torch.sigmoid(f) @ tensor(full2_w).T, full2_s, full2_m, full2_v, full2_b)
    yield g, g
    yield g, torch.softmax(g, 1)


def out(name, values):
    values = np.asarray(values).reshape(-1)
    print(f"static const float {name}[{len(values)}] = {{")
    for at in range(0, len(values), 8):
        print("    " + ", ".join(f"{v:.9g}f" if "." in f"{v:.9g}" or "e" in f"{v:.9g}" else f"{v:.9g}.0f"
                                  for v in values[at:at + 8]) + ",")
    print("};")


print("/* Written by darknet.py. */\n/* clang-format off */")
print(f"enum {{ GOLDEN_BATCH = {B} }};")
out("GOLDEN_PARAMETERS", np.concatenate([t.reshape(-1) for t in order]))
out("GOLDEN_X", x0)
for layer, site in [(0, "before"), (1, "after"), (2, "before"), (2, "after"), (3, "after"), (4, "after"), (5, "before"),
                    (5, "after")]:
    x = tensor(x0).requires_grad_(True)
    y = list(layers(x))[layer][site == "after"]
    # The gradient that comes from above: sin(1), sin(2), ...
    dy = torch.sin(torch.arange(1, y.numel() + 1, dtype=torch.float64)).view(y.shape)
    y.backward(dy)
    out(f"GOLDEN_Y_{layer}_{site.upper()}", y.detach().numpy())
    out(f"GOLDEN_DX_{layer}_{site.upper()}", x.grad.numpy())
print("/* clang-format on */")
