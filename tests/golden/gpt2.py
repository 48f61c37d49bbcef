#!/usr/bin/env python3
"""Golden values of GPT-2, computed by transformers in float64. Run by hand:

    python3 tests/golden/gpt2.py          # writes tests/golden/gpt2/*.bin
    python3 tests/golden/gpt2.py check    # compares with what is there

Weights, tokens and the gradients given to sites come from a generator that tests/golden/gpt2.h has too, so that only
results are stored. mix is the finalizer of SplitMix64; value i of stream s is uniform in [-1/2, 1/2) * sqrt(12).

A file: lines "NAME COUNT", an empty line, then the float32 values of all in that order. The small networks are stored
whole; of the one at distilgpt2's shape, every STRIDE-th value.
"""
import os
import sys

import numpy as np
import torch
from transformers import GPT2Config, GPT2LMHeadModel

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "gpt2")
SITES = ["resid_pre", "attn_out", "resid_mid", "mlp_pre", "mlp_post", "mlp_out", "resid_post"]

# name, layers, width, heads, vocabulary, context, causal, tied, lengths, weight deviation, stride
SHAPES = [
    ("odd", 2, 20, 5, 37, 11, True, True, [7, 4, 1], 0.2, 1),
    ("untied", 3, 24, 3, 50, 16, True, False, [16, 13], 0.2, 1),
    ("noncausal", 1, 32, 2, 101, 9, False, True, [9, 5], 0.2, 1),
    ("distilgpt2", 6, 768, 12, 50257, 1024, True, True, [12, 9], 0.02, 997),
]


def mix(x):
    x = (x + np.uint64(0x9E3779B97F4A7C15)) & np.uint64(0xFFFFFFFFFFFFFFFF)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def bits(stream, count):
    with np.errstate(over="ignore"):
        return mix(mix(np.array([stream], dtype=np.uint64)) + np.arange(count, dtype=np.uint64))


def values(stream, count, deviation):
    uniform = (bits(stream, count) >> np.uint64(40)).astype(np.float64) * 2.0**-24 - 0.5
    return (uniform * (deviation * 3.4641016151377544)).astype(np.float32)


def parameter_names(layers, tied):
    names = ["wte.weight", "wpe.weight"]
    for layer in range(layers):
        for part in ("ln_1", "attn.c_attn", "attn.c_proj", "ln_2", "mlp.c_fc", "mlp.c_proj"):
            names += [f"h.{layer}.{part}.weight", f"h.{layer}.{part}.bias"]
    return names + ["ln_f.weight", "ln_f.bias"] + ([] if tied else ["lm_head.weight"])


def make_model(layers, width, heads, vocabulary, context, tied, deviation):
    config = GPT2Config(n_layer=layers, n_embd=width, n_head=heads, vocab_size=vocabulary, n_positions=context,
                        resid_pdrop=0, embd_pdrop=0, attn_pdrop=0, tie_word_embeddings=tied,
                        attn_implementation="eager", bos_token_id=0, eos_token_id=0)
    model = GPT2LMHeadModel(config).double().eval()
    state = dict(model.named_parameters())
    parameters = {}
    for index, name in enumerate(parameter_names(layers, tied)):
        tensor = state[name if name in state else "transformer." + name]
        new = values(index, tensor.numel(), deviation if tensor.dim() == 2 else 0.1)
        if name.endswith("weight") and tensor.dim() == 1:
            new = new + np.float32(1)
        with torch.no_grad():
            tensor.copy_(torch.from_numpy(new).double().view_as(tensor))
        parameters[name] = tensor
    return model, parameters


def hook_sites(model, sites):
    def keep(layer, site):
        def hook(module, inputs, output):
            sites[layer, site] = output[0] if isinstance(output, tuple) else output
        return hook

    def keep_input(layer, site):
        def hook(module, inputs):
            sites[layer, site] = inputs[0]
        return hook

    for layer, block in enumerate(model.transformer.h):
        block.register_forward_pre_hook(keep_input(layer, "resid_pre"))
        block.attn.register_forward_hook(keep(layer, "attn_out"))
        block.ln_2.register_forward_pre_hook(keep_input(layer, "resid_mid"))
        block.mlp.c_fc.register_forward_hook(keep(layer, "mlp_pre"))
        block.mlp.act.register_forward_hook(keep(layer, "mlp_post"))
        block.mlp.register_forward_hook(keep(layer, "mlp_out"))
        block.register_forward_hook(keep(layer, "resid_post"))


def masked(tensor, lengths):
    """What stands behind a sentence's end is not compared: zero."""
    out = tensor.detach().clone()
    for b, length in enumerate(lengths):
        out[b, length:] = 0
    return out


def golden(name, layers, width, heads, vocabulary, context, causal, tied, lengths, deviation, stride):
    model, parameters = make_model(layers, width, heads, vocabulary, context, tied, deviation)
    sites, results = {}, {}
    hook_sites(model, sites)
    B, T = len(lengths), max(lengths)
    ids = torch.from_numpy((bits(1000, B * T) % np.uint64(vocabulary)).astype(np.int64)).view(B, T)
    seen = torch.zeros(B, 1, T, T, dtype=torch.float64)
    for b, length in enumerate(lengths):
        seen[b, :, :, length:] = torch.finfo(torch.float64).min
    if causal:
        seen = seen + torch.triu(torch.full((T, T), torch.finfo(torch.float64).min / 4, dtype=torch.float64), 1)
    embedded = parameters["wte.weight"].detach()[ids].clone().requires_grad_(True)
    logits = model(inputs_embeds=embedded, attention_mask=seen).logits
    for (layer, site), value in sites.items():
        results[f"site.{layer}.{site}"] = masked(value, lengths)
    results["logits"] = masked(logits, lengths)
    losses = torch.zeros(B, T, dtype=torch.float64)
    for b, length in enumerate(lengths):
        if length > 1:
            losses[b, 1:length] = torch.nn.functional.cross_entropy(logits[b, : length - 1], ids[b, 1:length],
                                                                    reduction="none")
    results["token_losses"] = losses
    counts = torch.tensor([max(length - 1, 1) for length in lengths])
    sentence = losses.sum(1) / counts
    results["losses"] = sentence
    results["dx.loss"] = torch.autograd.grad(sentence.sum(), embedded, retain_graph=True)[0]
    for index, site in enumerate(SITES):
        value = sites[layers - 1, site]
        upper = torch.from_numpy(values(2000 + index, value.numel(), 1.0)).double().view_as(value)
        results[f"dx.{site}"] = torch.autograd.grad((value * masked(upper, lengths)).sum(), embedded,
                                                    retain_graph=True)[0]
    neurons = [(7 * b + 3) % (4 * width) for b in range(B)]
    for index, site in enumerate(("mlp_pre", "mlp_post")):
        chosen = torch.stack([sites[layers - 1, site][b, : , n] for b, n in enumerate(neurons)])
        upper = masked(torch.from_numpy(values(3000 + index, B * T, 1.0)).double().view(B, T), lengths)
        results[f"dx.one.{site}"] = torch.autograd.grad((chosen * upper).sum(), embedded, retain_graph=True)[0]
    weights_of(model, parameters, ids, lengths, causal, results)
    write(name, {k: v.detach().numpy().astype(np.float32).ravel()[::stride] for k, v in results.items()})


def weights_of(model, parameters, ids, lengths, causal, results):
    """The mean next-token loss over all tokens but those behind a causal sentence's end, and every weight's gradient."""
    B, T = ids.shape
    seen = torch.zeros(B, 1, T, T, dtype=torch.float64)
    if causal:
        seen = seen + torch.triu(torch.full((T, T), torch.finfo(torch.float64).min / 4, dtype=torch.float64), 1)
    logits = model(input_ids=ids, attention_mask=seen).logits
    rows, targets = [], []
    for b, length in enumerate(lengths):
        for t in range((length if causal else T) - 1):
            rows.append(logits[b, t])
            targets.append(ids[b, t + 1])
    loss = torch.nn.functional.cross_entropy(torch.stack(rows), torch.stack(targets))
    results["training_loss"] = loss.view(1)
    for name, gradient in zip(parameters, torch.autograd.grad(loss, list(parameters.values()))):
        results["grad." + name] = gradient


def write(name, results):
    path = os.path.join(FOLDER, name + ".bin")
    header = "".join(f"{key} {len(value)}\n" for key, value in results.items()) + "\n"
    content = header.encode() + b"".join(value.astype("<f4").tobytes() for value in results.values())
    if sys.argv[1:] == ["check"]:
        with open(path, "rb") as file:
            stored = file.read()
        at = len(header)
        close = stored[:at] == header.encode() and np.allclose(
            np.frombuffer(stored[at:], "<f4"), np.frombuffer(content[at:], "<f4"), rtol=1e-5, atol=1e-7)
        print(path, "agrees" if close else "DIFFERS")
        return
    os.makedirs(FOLDER, exist_ok=True)
    with open(path, "wb") as file:
        file.write(content)
    print(path, len(content), "bytes")


for shape in SHAPES:
    golden(*shape)
