"""Makes tests/golden/tokenizer_gpt2.tsv and tokenizer_fairytale.tsv with Hugging Face's tokenizers (made with 0.23).

    python tests/golden/tokenizer.py

A row a text: its UTF-8 bytes in hexadecimal, then its ids. Named cases first, then random texts from seed 1.
"""

import os
import random

from tokenizers import Tokenizer, models, pre_tokenizers

HERE = os.path.dirname(os.path.abspath(__file__))
DATA = os.path.join(HERE, "..", "..", "data")

CASES = [
    "",
    " ",
    "Hello, world!",
    " Hello",
    # contractions, also those that are none
    "I'm you're he'd she'll we've it's don't O'Brien 'tis 'S 'LL 's't'",
    "rock'n'roll ’s ’re it’s",
    # runs of spaces, newlines, tabs
    "a  b   c    d",
    "a \n b",
    "a\n\n\nb",
    "  leading and trailing  ",
    "\n",
    "\t\tif (x):\n\t\t\treturn 0;\r\n",
    "x" + " " * 33 + "y",
    "end \u00a0\u2003\u3000 mixed \u2028 spaces \u0085",
    # emoji with joiners, skin tones, flags
    "👩‍👩‍👧‍👦 👍🏽 🏳️‍🌈 🇨🇭",
    "🙂🙂🙂",
    # combining marks, precomposed and not
    "café cafe\u0301 Z͑ͫ̓ͪ̂ͫa̴l̵g̶o̷",
    # right to left
    "שלום עולם",
    "مرحبا بالعالم ١٢٣",
    # Chinese, Japanese, Korean, Thai, Hindi
    "你好，世界。日本語のテキスト 한국어",
    "สวัสดีชาวโลก नमस्ते दुनिया",
    # numbers
    "1 12 123 1234567890 3.14159 1e-5 ½ ² Ⅷ ٣",
    # control characters
    "\x01\x02\x1b[31mred\x1b[0m\x7f",
    "nul\x00byte",
    "\u180e\u200b\ufeff\u200d",
    # code, addresses, marks
    "https://example.org/a?b=c&d=%20#e",
    "for (int i = 0; i < n; ++i) { sum += a[i]; }",
    "!!!???...---___***",
    "<script>alert(\"x\")</script> \\n \\\\",
    # the special token
    "<|endoftext|>",
    "one<|endoftext|>two <|endoftext|> three",
    "<|endoftext",
    "<|endoftext|><|endoftext|>|>",
    # long pieces
    "a" * 300,
    "ab" * 150,
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
    # letters and numbers newer than Unicode 14
    "\U00013460\U00031350 \U00011f50 \U00010d4a",
]

POOL = list(" \n\t\r'’.,;:!?-_#0123456789abcdefgstremvlldABCSTRE  \n\n") + [
    "'s", "'re", "'ll", "'S", "<|endoftext|>", "<|endof", "é", "e\u0301", "ß", "ñ", "שלום", "مرحبا", "你好", "の",
    "👩‍👩‍👧", "🏽", "\u200d", "\u00a0", "\u3000", "\u2028", "\u0085", "\u180e", "\x01", "\x7f", "\u200b", "½", "²", "Ⅷ",
    "٣", "\ufeff", "the", "ing", " the", "https://", "===",
]


def random_texts():
    random.seed(1)
    for _ in range(200):
        yield "".join(random.choice(POOL) for _ in range(random.randint(1, 30)))
    for _ in range(100):
        ranges = [(1, 128), (1, 0x800), (1, 0xD800), (0xE000, 0x20000)]
        yield "".join(chr(random.randrange(*random.choice(ranges))) for _ in range(random.randint(1, 15)))


def main():
    texts = CASES + list(random_texts())
    for name, folder in [("gpt2", "gpt2-tokenizer"), ("fairytale", "models/fairytale")]:
        vocabulary, merges = (os.path.join(DATA, folder, file) for file in ("vocab.json", "merges.txt"))
        tokenizer = Tokenizer(models.BPE.from_file(vocabulary, merges))
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        tokenizer.add_special_tokens(["<|endoftext|>"])
        with open(os.path.join(HERE, "tokenizer_%s.tsv" % name), "w", encoding="ascii") as out:
            out.write("text\tids\n")
            for text in texts:
                ids = " ".join(str(id) for id in tokenizer.encode(text).ids)
                out.write("%s\t%s\n" % (text.encode("utf-8").hex(), ids))


if __name__ == "__main__":
    main()
