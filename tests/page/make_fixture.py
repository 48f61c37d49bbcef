#!/usr/bin/env python3
"""Writes the folder of a run that never was, to try the report on.

    make_fixture.py image|text DIR

Made-up numbers, with everything that a report must survive: tokens that are markup, quotes, backslashes, newlines and
broken UTF-8, names that are percent signs and brackets, a measure nobody knows, a missing value.
"""

import json
import math
import os
import random
import struct
import sys
import zlib

HOSTILE = ["<script>alert(1)</script>", "\"", "'", "\\\\", "\\xE2", "\n", "\t", " &amp;", "%s", "{}", "\u202e", "�", "]]>", "-->"]


def write(folder, name, text):
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        file.write(text)


def table(folder, name, header, rows):
    def cell(value):
        return "nan" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)

    lines = ["\t".join(header)] + ["\t".join(cell(value) for value in row) for row in rows]
    write(folder, name, "\n".join(lines) + "\n")


def png(folder, name, width, height, shade):
    rows = b"".join(b"\0" + bytes(shade(x, y) for x in range(width)) for y in range(height))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def curves(folder, arm, steps, top, hard=False):
    header = ["step", "value_mean", "value_p05", "value_p25", "value_p50", "value_p75", "value_p95", "objective_mean"]
    rows = []
    for step in range(0, steps + 1, 5):
        value = top * (1 - math.exp(-3 * step / steps))
        rows.append([step, value, 0.7 * value, 0.9 * value, value, 1.1 * value, 1.3 * value, value] +
                    ([0.1 * value if step % 20 == 0 else None] if hard else []))
    table(folder, f"curves/{arm}.tsv", header + (["hard_mean"] if hard else []), rows)


def record(folder, command, side):
    write(folder, "run.json", json.dumps({
        "version": "0.0-fixture", "command": ["latentdream", "run", command, "--set", "x.title=a 'b' <c>"],
        "experiment": "fixture", "side": side, "seed": 1, "threads": 2, "precision": "f32",
        "libraries": {"oneDNN": "2.6.3", "<b>": "&"}, "processor": "made up", "finished": "2026-01-02T03:04:05Z",
        "seconds": 93.2, "peak_memory_bytes": 3e8,
        "stages": [{"name": "train subject", "seconds": 12.5, "reused": False},
                   {"name": "dream <latent>", "seconds": 3.25, "reused": True}]}, indent=1))


def image(folder):
    draw = random.Random(1)
    arms = {"direct": 4.0, "direct-regularised": 9.0, "latent": 12.0}
    config = ("[experiment]\nname=fixture-image\ntitle=Fixture: images & <tags> that never were\n"
              "description=A made-up run; none of its numbers was measured.\nseed=1\n"
              "[data]\nimages=none\nlabels=none\n"
              "[network]\nname=classifier\nrole=subject\ncfg=cfg/mnist_classifier.cfg\n"
              "[network]\nname=autoencoder\nrole=autoencoder\ncfg=cfg/mnist_autoencoder.cfg\n"
              "[train]\nnetwork=classifier\ntype=classifier\n[target]\nlayer=8\nneuron=0-9\n")
    for arm in arms:
        latent = "autoencoder" if arm == "latent" else "input"
        config += f"[dream]\nname={arm}\nparameterization={latent}\nsteps=200\n"
    config += ("[figure]\ntype=curves\narms=latent,direct\n[figure]\ntype=bars\ny=judge_agreement,frechet_distance\n"
               "[figure]\nname=by-target\ntype=bars\nx=target\ny=value_dream\ncaption=A \"caption\" & <b>more</b>\n"
               "[figure]\ntype=heatmap\ny=judge_agreement\n[figure]\ntype=sweep\n[figure]\ntype=latent\n"
               "[figure]\ntype=scatter\nx=value_dream\ny=judge_agreement\nx_label=it's {a} \\\\ \"label\"\n")
    write(folder, "experiment.cfg", config)
    record(folder, "experiments/fixture.cfg", "image")
    for arm, top in arms.items():
        curves(folder, arm, 200, top)
        for part, columns, rows in (("start", 16, 20), ("dream", 16, 20), ("strip", 11, 10)):
            width, height = 40 + 58 * columns, 58 * rows
            png(folder, f"images/{arm}-{part}.png", width, height,
                lambda x, y, k=len(arm + part): 255 if x < 40 or x % 58 < 2 or y % 58 < 2 else
                (x // 2 % 29 * (y // 2 % 29) * k) % 256)
    png(folder, "images/arms.png", 980, 600, lambda x, y: 255 if x < 120 else (x // 3 * (y // 3)) % 256)
    measures = ["parameterization", "value_dream", "judge_agreement", "frechet_distance", "frechet_distance_real",
                "nearest_training_distance", "diversity", "a_measure_nobody_knows"]
    table(folder, "summary.tsv", ["arm"] + measures,
          [["direct", "input", 4.0, 0.11, 912.0, 9.5, 9.1, 0.3, 1.0],
           ["direct-regularised", "input", 9.0, 0.62, 388.0, 9.5, 8.2, 2.0, None],
           ["latent", "autoencoder", 12.0, 0.994, 41.0, 9.5, 6.3, 5.2, 3.0]])
    targets = [f"class {i}" for i in range(10)] + ["layer 2 channel <5>"]
    table(folder, "targets.tsv", ["arm", "target", "starts", "value_dream", "judge_agreement"],
          [[arm, target, starts, top * draw.uniform(0.8, 1.2), min(1.0, draw.uniform(0.5, 1.2))]
           for arm, top in arms.items() for target in targets for starts in ("noise", "data")])
    table(folder, "sweep.tsv", ["k", "arm", "reconstruction_error", "judge_agreement", "frechet_distance",
                                "frechet_distance_real"],
          [[k, f"latent-k{k}", 0.2 / k, 0.98 + k / 10000, 30.0 + k, 9.5] for k in (10, 16, 32, 64, 100)])
    for network in ("classifier", "autoencoder"):
        table(folder, f"curves/train-{network}.tsv", ["step", "epoch", "loss", "held_out_loss", "learning_rate"],
              [[step, step / 100, 0.2 / (1 + step / 50), 0.22 / (1 + step / 50) if step % 100 == 0 else None, 0.001]
               for step in range(0, 1001, 20)])
    table(folder, "training.tsv", ["network", "role", "weights", "training_steps", "held_out_loss", "held_out_accuracy", "<i>"],
          [["classifier", "subject", "work/classifier.weights", 1000, 0.01, 0.99, 1],
           ["auto&encoder", "autoencoder", "work/" + 12 * "a-long-name-" + ".weights", 1000, 0.011, None, "</table>"]])
    center = [(3 * math.cos(i * 0.628), 3 * math.sin(i * 0.628)) for i in range(10)]
    table(folder, "latent/points.tsv", ["x", "y", "label"],
          [[center[i % 10][0] + draw.gauss(0, 0.6), center[i % 10][1] + draw.gauss(0, 0.6), i % 10]
           for i in range(1000)])
    lines = ["arm\trestart\tstep\tx\ty\tlabel"]
    for i in range(10):
        if i:
            lines.append("")
        for step in range(0, 201, 10):
            lines.append(f"latent\t{i}\t{step}\t{center[i][0] * step / 190:.4g}\t{center[i][1] * step / 190:.4g}\t{i}")
    write(folder, "latent/paths.tsv", "\n".join(lines) + "\n")


def text(folder):
    draw = random.Random(2)
    arms = {"activation": 9.6, "sigmoid": 6.3, "l2": 3.1, "fluency": 2.2}
    config = ("[experiment]\nname=fixture-text\ntitle=Fixture: \"sentences\" <script>alert(1)</script>\n"
              "description=A made-up run; none of its numbers was measured.\nseed=1\n"
              "[language_model]\nweights=none\n[train]\nname=tales\ntype=language-model\n[sentences]\nfile=none\n[target]\nlayer=5\nneuron=0-3\n")
    for arm in arms:
        config += f"[dream]\nname={arm}\nrestarts=1\nsteps=200\n"
    write(folder, "experiment.cfg", config)
    record(folder, "experiments/fixture.cfg", "text")
    table(folder, "training.tsv", ["model", "parameters", "weights", "tokens_seen", "held_out_nats_per_token"],
          [["tales", 5853184, "models/tales/model.safetensors", 12345678, 3.4567], ["../<b>", 1, "", 1, None]])
    write(folder, "models/tales/config.json", json.dumps({
        "activation_function": "gelu_new", "model_type": "gpt2", "n_embd": 256, "n_head": 8, "n_layer": 6,
        "n_positions": 256, "layer_norm_epsilon": 1e-5, "vocab_size": 4096, "tie_word_embeddings": True}))
    write(folder, "models/tales/model.safetensors", "this <is> none")
    table(folder, "curves/train-tales.tsv", ["step", "epoch", "loss", "held_out_loss", "learning_rate"],
          [[step, step / 9000, 8 / (1 + step / 300) + 3, 8 / (1 + step / 300) + 3.2, 0.001] for step in range(0, 1001, 50)])
    escaped = [piece.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t") for piece in HOSTILE]
    table(folder, "samples.tsv", ["step", "text"],
          [[step, "Once upon a time" + " ".join(escaped) + 30 * "gggg" + f" {step}"] for step in range(50, 1001, 50)])
    starts = ["The old fox slept under a stone bridge.", "Nobody in the village could read.",
              "\"Run,\" she said, & <b>ran</b> 'home'."]
    words = "king forest gold wolf said the of and night never bread lantern gggg".split()
    rows = {}
    for arm, top in arms.items():
        curves(folder, arm, 200, top, hard=True)
        lines, soft, hard = [], [], []
        for restart in range(12):
            start = starts[restart % 3]
            cut = [part if i == 0 else " " + part for i, part in enumerate(start.split(" "))]
            tokens = [draw.choice([" " + draw.choice(words), draw.choice(HOSTILE)]) for _ in cut]
            values = [draw.gauss(top / 3, top / 2) for _ in cut]
            soft.append(top * draw.uniform(0.8, 1.2))
            hard.append(sum(values) / len(values))
            lines.append(json.dumps({
                "restart": restart, "target": f"layer 5 neuron {restart // 3}", "layer": 5, "neuron": restart // 3,
                "start": start, "start_tokens": cut, "start_ids": list(range(len(cut))),
                "start_activations": [draw.gauss(0, 0.3) for _ in cut], "dream": "".join(tokens), "tokens": tokens,
                "ids": [draw.randrange(4096) for _ in cut], "activations": values,
                "activation_soft": soft[-1], "activation_hard": hard[-1],
                "perplexity": math.exp(draw.uniform(3, 12)), "tokens_changed": draw.random()}))
        write(folder, f"sentences/{arm}.jsonl", "\n".join(lines) + "\n")
        rows[arm] = [sum(soft) / len(soft), sum(hard) / len(hard)]
    table(folder, "summary.tsv", ["arm", "activation_soft", "activation_hard", "perplexity"],
          [[arm] + values + [1e4] for arm, values in rows.items()])


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in ("image", "text"):
        sys.exit(__doc__)
    (image if sys.argv[1] == "image" else text)(sys.argv[2])
