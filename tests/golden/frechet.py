"""Writes frechet_golden.h: Frechet distances by scipy's general matrix square root, for samples that the test makes
from the same formula. Run by hand: python3 tests/golden/frechet.py > tests/golden/frechet_golden.h"""
import numpy as np
from scipy.linalg import sqrtm


def samples(count, size, seed):
    n, i = np.meshgrid(np.arange(count), np.arange(size), indexing="ij")
    return np.sin(1.7 * seed + 0.9 * n + 2.3 * i + 0.37 * n * i * seed).astype(np.float32) * (1 + 0.1 * i * seed)


def distance(a, b):
    a, b = np.asarray(a, np.float32).astype(float), np.asarray(b, np.float32).astype(float)
    ca, cb = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    root = sqrtm(ca @ cb)
    return ((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(ca + cb) - 2 * np.trace(root.real)


print("/* Written by frechet.py: rows, rows, columns, seeds, distance. */")
print("static const struct {\n    int a_count, b_count, size, a_seed, b_seed;\n    double distance;\n} FRECHET_GOLDEN[] = {")
for a_count, b_count, size, a_seed, b_seed in [(40, 50, 5, 1, 2), (200, 100, 16, 1, 3), (64, 64, 8, 2, 5), (10, 300, 3, 4, 1)]:
    d = distance(samples(a_count, size, a_seed), samples(b_count, size, b_seed))
    print(f"    {{{a_count}, {b_count}, {size}, {a_seed}, {b_seed}, {d:.12g}}},")
print("};")
