"""Chooses data/sentences/reference.txt: sentences from the held-out books, 125 a book.

    python tests/golden/choose_reference.py CORPUS data/sentences/reference.txt

CORPUS is the file that data/get-corpus.sh makes. From each book of data/corpus/held-out.tsv come sentences of 40 to
160 characters, spread evenly over the book, each once.
"""

import os
import re
import sys

PER_BOOK = 125


def sentences(book):
    for paragraph in book.split("\n"):
        for sentence in re.split(r"(?<=[.!?])\s+(?=[A-Z])", paragraph.strip()):
            plain = re.fullmatch(r"[A-Z][A-Za-z ,;'’-]*[.!?]", sentence)
            if plain and 40 <= len(sentence) <= 160 and not sentence.isupper():
                yield sentence


def main():
    corpus, path = sys.argv[1:]
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "..", "..", "data", "corpus", "held-out.tsv"), encoding="utf-8") as table:
        numbers = [int(line.split("\t")[0]) for line in list(table)[1:] if line.strip()]
    with open(corpus, encoding="utf-8", newline="") as text:
        books = text.read().rstrip("\n").split("\n\n")
    chosen = []
    for number in numbers:
        found = list(dict.fromkeys(sentences(books[number - 1])))
        count = min(PER_BOOK, len(found))
        chosen += [found[i * len(found) // count] for i in range(count)]
    with open(path, "w", encoding="utf-8") as out:
        out.write("\n".join(dict.fromkeys(chosen)) + "\n")


if __name__ == "__main__":
    main()
