"""Hugging Face's side of tests/unit/text/test_transformers.c.

    python tests/golden/transformers_model.py MODEL SHARDED ID...

Loads MODEL with transformers and its tokenizer, prints the mean next-token loss of the ids in nats and the number of
tokens, and saves the model again in SHARDED, in several files of at most 100 kB. Exit status 77: transformers is not
installed.
"""

import os
import shutil
import sys

try:
    import torch
    from transformers import AutoConfig, GPT2LMHeadModel, GPT2TokenizerFast
except ImportError:
    sys.exit(77)


def main():
    folder, sharded, ids = sys.argv[1], sys.argv[2], [int(id) for id in sys.argv[3:]]
    model, report = GPT2LMHeadModel.from_pretrained(folder, output_loading_info=True, dtype=torch.float32)
    wrong = {key: value for key, value in report.items() if value}
    if wrong:
        sys.exit("transformers complains: %s" % wrong)
    tokenizer = GPT2TokenizerFast.from_pretrained(folder)
    assert AutoConfig.from_pretrained(folder).vocab_size == len(tokenizer)
    model.eval()
    tokens = torch.tensor([ids])
    with torch.no_grad():
        loss = model(tokens, labels=tokens).loss.item()
    model.save_pretrained(sharded, max_shard_size="100KB")
    for name in ("vocab.json", "merges.txt"):
        shutil.copy(os.path.join(folder, name), sharded)
    print("%.9g %d" % (loss, len(tokenizer)))


if __name__ == "__main__":
    main()
