#!/bin/bash
# get-corpus.sh [FILE]: makes the corpus that the fairy-tale model is trained on, default data/corpus/fairytales.txt.
#
# Fetches the books of data/corpus/SOURCES.tsv from Project Gutenberg by their numbers (public domain; about 25 MB) and
# writes one paragraph a line and a blank line between books. Texts that were fetched stay in data/corpus/books; a second
# call goes on where the first one stopped. Gutenberg corrects its texts now and then: a book whose paragraphs or
# characters differ by more than one in a hundred from those that SOURCES.tsv lists is named.
#
# What is kept of a book: what stands between Gutenberg's marks, less notes, pictures' marks and italics' underscores,
# with straight quotation marks and dashes as " - ". Of its paragraphs those of prose: at least 40 characters, 70 in a
# hundred of them letters, at most 30 in a hundred letters capitals, ended by . ! ? or a quotation mark. A paragraph that
# came before, in any book, is left out.
set -eu -o pipefail
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

# The book on the standard input, a paragraph a line.
paragraphs() {
    tr -d '\r' | LC_ALL=C sed '
        s/^\xef\xbb\xbf//; s/[[:blank:]]*$//; s/_//g
        s/\xe2\x80[\x98\x99]/\x27/g; s/\xe2\x80[\x9c\x9d]/"/g
        s/\xe2\x80[\x93\x94]/ - /g; s/--/ - /g' | LC_ALL=C awk '
        /^\*\*\* ?START OF/ { inside = 1; marked = !/\*\*\*$/; next }
        marked { marked = !/\*\*\*$/; next }
        /^\*\*\* ?END OF/ { exit }
        inside { print }' | LC_ALL=C awk '
        BEGIN { RS = "" }
        {
            gsub(/[ \t\n]+/, " ")
            gsub(/\[(Illustration|Footnote)[^]]*\]/, "")
            gsub(/\[[0-9]+\]/, "")
            gsub(/  +/, " ")
            gsub(/^ +| +$/, "")
            text = $0
            characters = length(text) - gsub(/[\200-\277]/, "", text)
            text = $0
            capitals = gsub(/[A-Z]|\303[\200-\236]/, "", text)
            letters = capitals + gsub(/[a-z]|[\303-\305][\200-\277]/, "", text)
            if (characters < 40 || letters < 0.7 * characters || capitals > 0.3 * letters) next
            if (!/[.!?"\047]$/ || /^Produced by/) next
            print
        }'
}

fetch() { # fetch NUMBER TITLE FILE
    [ -s "$3" ] && return
    echo "$2" >&2
    download "https://www.gutenberg.org/cache/epub/$1/pg$1.txt" "$3.part"
    grep -q '^\*\*\* \?START OF' "$3.part" || { echo "$3.part: no book of Project Gutenberg" >&2; exit 1; }
    mv "$3.part" "$3"
    sleep "${PAUSE:-2}" # Gutenberg asks for it
}

# Every book's paragraphs, a line "= NUMBER TITLE PARAGRAPHS CHARACTERS" before them.
books() {
    while IFS=$'\t' read -r number title listed characters <&3; do
        fetch "$number" "$title" "$here/books/$number.txt"
        printf '=\t%s\t%s\t%s\t%s\n' "$number" "$title" "$listed" "$characters"
        paragraphs <"$here/books/$number.txt"
    done 3<"$here/SOURCES.tsv"
}

books | LC_ALL=C awk -v FILE="$file.part" '
    function differs(count, listed) { return count < 0.99 * listed || count > 1.01 * listed }
    function close_book() {
        if (book && (differs(lines, part[4]) || differs(characters, part[5])))
            printf "%s, %s: %d paragraphs of %d characters; the corpus had %d of %d\n", part[2], part[3], lines,
                characters, part[4], part[5] > "/dev/stderr"
    }
    BEGIN { printf "" > FILE }
    /^=\t/ {
        close_book()
        split($0, part, "\t")
        if (book++) print "" > FILE
        lines = characters = 0
        next
    }
    !seen[$0]++ {
        text = $0
        characters += length(text) - gsub(/[\200-\277]/, "", text)
        lines++
        print > FILE
    }
    END { close_book() }'
mv "$file.part" "$file"
echo "$file: $(wc -c <"$file") bytes; [corpus] file=$file reads it"
