#!/bin/bash
# get-corpus.sh [FILE]: makes the corpus that the fairy-tale model is trained on, default data/corpus/fairytales.txt.
#
# Fetches the books of data/corpus/SOURCES.tsv from Project Gutenberg by their numbers (public domain; about 25 MB),
# takes off Gutenberg's head and foot, and writes one paragraph a line and a blank line between books. Texts that were
# fetched stay in data/corpus/books; a second call goes on where the first one stopped. Gutenberg corrects its texts now
# and then, so a corpus made later can differ in a few characters.
set -eu
here=$(dirname "$0")/corpus
file=${1:-$here/fairytales.txt}
mkdir -p "$here/books"

download() {
    if command -v curl >/dev/null; then
        curl --fail --silent --show-error --location --retry 3 --output "$2" "$1"
    elif command -v wget >/dev/null; then
        wget --quiet --output-document "$2" "$1"
    else
        echo "curl or wget is needed" >&2
        exit 1
    fi
}

# The text of one book on the standard input: what stands between Gutenberg's marks, a paragraph a line, runs of white
# space as one space, italics' underscores and pictures' marks taken out.
paragraphs() {
    tr -d '\r' | sed 's/^\xef\xbb\xbf//' | awk '
        /^\*\*\* ?START OF/ { inside = 1; next }
        /^\*\*\* ?END OF/ { exit }
        inside { print }' | awk '
        BEGIN { RS = ""; FS = "\n" }
        {
            gsub(/[ \t\n]+/, " ")
            gsub(/_/, "")
            gsub(/\[Illustration[^]]*\]/, "")
            gsub(/^ +| +$/, "")
            if ($0 !~ /[A-Za-z]/ || $0 ~ /^Produced by/) next
            print
        }'
}

number=0
tail -n +1 "$here/SOURCES.tsv" | while IFS=$'\t' read -r book title _; do
    number=$((number + 1))
    text=$here/books/$book.txt
    if [ ! -s "$text" ]; then
        echo "$number: $title" >&2
        download "https://www.gutenberg.org/cache/epub/$book/pg$book.txt" "$text.part"
        grep -q '^\*\*\* \?START OF' "$text.part" || { echo "$text.part: no book of Project Gutenberg" >&2; exit 1; }
        mv "$text.part" "$text"
        sleep 2
    fi
    [ "$number" -eq 1 ] || echo
    paragraphs <"$text"
done >"$file.part"
mv "$file.part" "$file"
echo "$file: $(wc -c <"$file") bytes; [corpus] file=$file reads it"
