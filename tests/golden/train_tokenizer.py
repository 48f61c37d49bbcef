"""Trains the 4,096-token byte-level BPE of data/models/fairytale and writes the folder's three text files.

    python tests/golden/train_tokenizer.py CORPUS data/models/fairytale

CORPUS is the file that data/get-corpus.sh makes: a paragraph a line, a blank line between books. The books of
data/corpus/held-out.tsv are left out. Needs the package `tokenizers` (made with 0.23). The splits and the alphabet
are GPT-2's: 256 bytes, then 3,839 merges, then <|endoftext|> as the last id.
"""

import json
import os
import sys

from tokenizers import Tokenizer, models, pre_tokenizers, trainers

VOCABULARY = 4096
END = "<|endoftext|>"

CONFIG = {
    "activation_function": "gelu_new",
    "architectures": ["GPT2LMHeadModel"],
    "attn_pdrop": 0.0,
    "bos_token_id": VOCABULARY - 1,
    "embd_pdrop": 0.0,
    "eos_token_id": VOCABULARY - 1,
    "initializer_range": 0.02,
    "layer_norm_epsilon": 1e-05,
    "model_type": "gpt2",
    "n_embd": 256,
    "n_head": 8,
    "n_inner": None,
    "n_layer": 6,
    "n_positions": 256,
    "reorder_and_upcast_attn": False,
    "resid_pdrop": 0.0,
    "scale_attn_by_inverse_layer_idx": False,
    "scale_attn_weights": True,
    "tie_word_embeddings": True,
    "torch_dtype": "bfloat16",
    "use_cache": True,
    "vocab_size": VOCABULARY,
}


def training_books(corpus):
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "..", "..", "data", "corpus", "held-out.tsv"), encoding="utf-8") as table:
        held_out = {int(line.split("\t")[0]) for line in list(table)[1:] if line.strip()}
    with open(corpus, encoding="utf-8", newline="") as text:
        books = text.read().rstrip("\n").split("\n\n")
    return [book for number, book in enumerate(books, 1) if number not in held_out]


def main():
    corpus, folder = sys.argv[1:]
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY - 1,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        special_tokens=[],
        show_progress=False,
    )
    tokenizer.train_from_iterator(training_books(corpus), trainer=trainer)
    tables = json.loads(tokenizer.to_str())["model"]
    vocabulary = dict(sorted(tables["vocab"].items(), key=lambda item: item[1]))
    assert len(vocabulary) == VOCABULARY - 1
    vocabulary[END] = VOCABULARY - 1
    merges = [merge if isinstance(merge, str) else " ".join(merge) for merge in tables["merges"]]

    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "vocab.json"), "w", encoding="utf-8") as out:
        json.dump(vocabulary, out)
    with open(os.path.join(folder, "merges.txt"), "w", encoding="utf-8") as out:
        out.write("#version: 0.2\n" + "\n".join(merges) + "\n")
    with open(os.path.join(folder, "config.json"), "w", encoding="utf-8") as out:
        json.dump(CONFIG, out, indent=2)
        out.write("\n")


if __name__ == "__main__":
    main()
