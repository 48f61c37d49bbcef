"""The same work in PyTorch and transformers, timed for the table of `make bench`.

    python3 tests/bench/bench_peers.py [image] [text]

Prints NAME (PyTorch), VALUE, UNIT, separated by tabs, with the names of bench_image.c and bench_text.c. Weights are
random: what is timed is the work, not its result. THREADS (2) sets the number of threads; BENCH_CLOCK=cpu times the
processor's work for this process alone.
"""
import os
import statistics
import sys
import tempfile
import time

import torch
from torch import nn
from torch.nn import functional


clock = time.process_time if os.environ.get("BENCH_CLOCK") == "cpu" else time.perf_counter


def show(name, value, unit):
    print(f"{name} (PyTorch)\t{value:.4g}\t{unit}", flush=True)


def median_seconds(work, times, warm=1):
    for _ in range(warm):
        work()
    seconds = []
    for _ in range(times):
        started = clock()
        work()
        seconds.append(clock() - started)
    return statistics.median(seconds)


def autoencoder():
    return nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 32),
                         nn.Linear(32, 256), nn.ReLU(), nn.Linear(256, 784), nn.Sigmoid())


def time_autoencoder_epoch():
    digits = torch.rand(60000, 784)
    network = autoencoder()
    adam = torch.optim.Adam(network.parameters(), lr=1e-3)

    def epoch():
        order = torch.randperm(len(digits))
        for first in range(0, len(digits), 128):
            batch = digits[order[first:first + 128]]
            adam.zero_grad()
            functional.mse_loss(network(batch), batch).backward()
            adam.step()

    show("autoencoder epoch", median_seconds(epoch, 3, warm=0), "s")


def classifier_from_cfg(path):
    """The layers of a Darknet cfg file up to the logits."""
    sections = []
    with open(path, encoding="utf-8") as lines:
        for line in (text.split("#")[0].strip() for text in lines):
            if line.startswith("["):
                sections.append((line.strip("[]"), {}))
            elif "=" in line:
                key, value = line.split("=", 1)
                sections[-1][1][key.strip()] = value.strip()
    channels, side, layers = 1, 28, []
    activations = {"relu": nn.ReLU, "leaky": lambda: nn.LeakyReLU(0.1), "logistic": nn.Sigmoid, "tanh": nn.Tanh}
    flat = 0
    for kind, keys in sections:
        if kind == "convolutional":
            size, stride = int(keys.get("size", 1)), int(keys.get("stride", 1))
            pad = size // 2 if keys.get("pad") == "1" else int(keys.get("padding", 0))
            layers.append(nn.Conv2d(channels, int(keys["filters"]), size, stride, pad))
            channels, side = int(keys["filters"]), (side + 2 * pad - size) // stride + 1
            if keys.get("batch_normalize") == "1":
                layers.append(nn.BatchNorm2d(channels))
        elif kind == "maxpool":
            size = int(keys.get("size", 2))
            layers.append(nn.MaxPool2d(size, int(keys.get("stride", size))))
            side //= int(keys.get("stride", size))
        elif kind == "avgpool":
            layers += [nn.AdaptiveAvgPool2d(1)]
            side = 1
        elif kind == "connected":
            if not flat:
                layers.append(nn.Flatten())
                flat = channels * side * side
            layers.append(nn.Linear(flat, int(keys["output"])))
            flat = int(keys["output"])
        if keys.get("activation") in activations and kind in ("convolutional", "connected"):
            layers.append(activations[keys["activation"]]())
    return nn.Sequential(*layers).eval()


def time_latent_dreams():
    decoder = autoencoder()[3:].eval()
    subject = classifier_from_cfg("cfg/mnist_classifier.cfg")
    for parameter in list(decoder.parameters()) + list(subject.parameters()):
        parameter.requires_grad_(False)
    started = clock()
    for _ in range(0, 640, 128):
        z = torch.randn(128, 32, requires_grad=True)
        adam = torch.optim.Adam([z], lr=0.05)
        for _ in range(200):
            adam.zero_grad()
            image = decoder(z).view(128, 1, 28, 28)
            (-subject(image).flatten(1)[:, 3].sum()).backward()
            adam.step()
    show("640 latent dreams of 200 steps", clock() - started, "s")



def distilgpt2_shape():
    from transformers import GPT2Config, GPT2LMHeadModel
    torch.manual_seed(0)
    model = GPT2LMHeadModel(GPT2Config(n_layer=6)).eval()
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    return model


def dream_step(model, layer, batch, tokens, dtype):
    """One Adam step on the embeddings for the mean sigmoid of neuron 2, run as transformers runs it: whole body."""
    seen = {}
    hook = model.transformer.h[layer].mlp.c_fc.register_forward_hook(lambda module, given, out: seen.update(a=out))
    embeddings = torch.randn(batch, tokens, 768, dtype=dtype, requires_grad=True)
    adam = torch.optim.Adam([embeddings], lr=0.1)

    def step():
        adam.zero_grad()
        model.transformer(inputs_embeds=embeddings)
        (-torch.sigmoid(seen["a"][..., 2]).mean()).backward()
        adam.step()

    seconds = median_seconds(step, 9 if batch == 1 else 3)
    hook.remove()
    return seconds


def time_dream_steps():
    """Whether PyTorch multiplies bf16 itself: where it emulates that, a hundred times slower, one figure says so."""
    model = distilgpt2_shape()
    alone = {}
    for precision, dtype in (("f32", torch.float32), ("bf16", torch.bfloat16)):
        model = model.to(dtype)
        for layer, batch in ((5, 1), (5, 32), (1, 32)):
            if dtype is torch.bfloat16 and (layer == 1 or batch > 1 and alone["bf16"] > 3 * alone["f32"]):
                continue
            seconds = dream_step(model, layer, batch, 32, dtype)
            if batch == 1:
                alone[precision] = seconds
            show(f"dream step, layer {layer}, B={batch}, T=32, {precision}", 1e3 * seconds, "ms")
    return alone["bf16"] < 3 * alone["f32"]


def time_scoring():
    model = distilgpt2_shape()
    ids = torch.randint(0, 50257, (64, 12))

    def score():
        with torch.no_grad():
            logits = model(ids).logits
            functional.cross_entropy(logits[:, :-1].flatten(0, 1), ids[:, 1:].flatten(), reduction="none")

    show("sentences scored, 64 x 12 tokens, f32", 64 / median_seconds(score, 3), "1/s")


def time_writing():
    model = distilgpt2_shape()
    prompt = torch.randint(0, 50256, (1, 32))

    def write():
        written = model.generate(prompt, attention_mask=torch.ones_like(prompt), max_new_tokens=64, min_new_tokens=64,
                                 do_sample=False, use_cache=True, pad_token_id=50256)
        assert written.shape == (1, 96)

    show("text written, 64 tokens after 32, f32", 64 / median_seconds(write, 3), "tokens/s")


def time_training(bf16):
    from transformers import GPT2Config, GPT2LMHeadModel
    shape = GPT2Config(n_layer=6, n_embd=256, n_head=8, vocab_size=4096, n_positions=256,
                       resid_pdrop=0, embd_pdrop=0, attn_pdrop=0)
    model = GPT2LMHeadModel(shape).train()
    adam = torch.optim.AdamW(model.parameters(), lr=1e-3)
    ids = torch.randint(0, 4096, (16, 257))
    for precision in ("f32", "bf16") if bf16 else ("f32",):

        def step():
            adam.zero_grad()
            with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"):
                logits = model(ids[:, :-1]).logits
            functional.cross_entropy(logits.float().flatten(0, 1), ids[:, 1:].flatten()).backward()
            adam.step()

        show(f"training, small model, B=16, T=256, {precision}", 16 * 256 / median_seconds(step, 2), "tokens/s")


def time_first_step():
    from transformers import GPT2LMHeadModel
    with tempfile.TemporaryDirectory() as folder:
        distilgpt2_shape().save_pretrained(folder)
        started = clock()
        model = GPT2LMHeadModel.from_pretrained(folder).eval()
        for parameter in model.parameters():
            parameter.requires_grad_(False)
        embeddings = torch.randn(1, 32, 768, requires_grad=True)
        adam = torch.optim.Adam([embeddings], lr=0.1)
        seen = {}
        model.transformer.h[5].mlp.c_fc.register_forward_hook(lambda module, given, out: seen.update(a=out))
        model.transformer(inputs_embeds=embeddings)
        (-torch.sigmoid(seen["a"][..., 2]).mean()).backward()
        adam.step()
        show("model opened and first dream step done", clock() - started, "s")


def main():
    torch.set_num_threads(int(os.environ.get("THREADS", "2")))
    wanted = sys.argv[1:] or ["image", "text"]
    if "image" in wanted:
        time_autoencoder_epoch()
        time_latent_dreams()
    if "text" in wanted:
        try:
            import transformers
        except ImportError:
            return
        transformers.logging.set_verbosity_error()
        bf16 = time_dream_steps()
        time_scoring()
        time_writing()
        time_training(bf16)
        time_first_step()


if __name__ == "__main__":
    main()
