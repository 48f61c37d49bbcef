#!/bin/bash
# The scripts that fetch data: what they make of what a server sends. A curl of the test's own plays the server: it hands
# out $scratch/served/NAME for an address that ends in NAME.
. tests/claims.sh

mkdir "$scratch/bin" "$scratch/served"
cat >"$scratch/bin/curl" <<END
#!/bin/bash
while [ \$# -gt 0 ]; do
    case \$1 in
    --output) out=\$2; shift ;;
    http*) address=\$1 ;;
    esac
    shift
done
echo "\$address" >>"$scratch/asked"
served=$scratch/served/\$(basename "\$address")
[ -e "\$served" ] || { echo "curl: (22) 404" >&2; exit 22; }
cp --sparse=always "\$served" "\$out"
END
chmod +x "$scratch/bin/curl"
export PATH=$scratch/bin:$PATH PAUSE=0
asked() { [ "$(grep -c . "$scratch/asked")" -eq "$1" ]; }

# The corpus.
mkdir -p "$scratch/data/corpus"
cp data/get-corpus.sh "$scratch/data"
printf '7\tA Book of Two\t2\t113\n8\tAnother\t1\t46\n' >"$scratch/data/corpus/SOURCES.tsv"
printf '\xef\xbb\xbfThe Project Gutenberg eBook of A Book\r
*** START OF THE PROJECT GUTENBERG EBOOK A BOOK\r
OF TWO ***\r
\r
Produced by somebody who typed it all in, and proofread it.\r
\r
CHAPTER I. HOW THE FOX CAME TO THE HOUSE OF THE KING.\r
\r
There was a king[1] who had a _daughter_,\r
who whispered:  \xe2\x80\x9cI shall not weep\xe2\x80\x94not ever\xe2\x80\x94for any of the king\xe2\x80\x99s foxes.\xe2\x80\x9d\r
\r
[Illustration: A fox that stands before a king,\r
and is not afraid]\r
\r
\xe2\x80\x9cNo.\xe2\x80\x9d\r
\r
The fox went home by the way that it had come.\r
\r
A list without an end, of things that nobody wants:\r
\r
1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15.\r
*** END OF THE PROJECT GUTENBERG EBOOK A BOOK OF TWO ***\r
What stands behind the end is not of the book, and is left out.\r
' >"$scratch/served/pg7.txt"
printf '*** START OF THIS PROJECT GUTENBERG EBOOK ***

The fox went home by the way that it had come.

Gün and Zoë walked until the forest was behind.
*** END OF THIS PROJECT GUTENBERG EBOOK ***
' >"$scratch/served/pg8.txt"
cat >"$scratch/expected" <<'END'
There was a king who had a daughter, who whispered: "I shall not weep - not ever - for any of the king's foxes."
The fox went home by the way that it had come.

Gün and Zoë walked until the forest was behind.
END
claim 'get-corpus.sh makes a corpus' status 0 bash "$scratch/data/get-corpus.sh" "$scratch/corpus.txt"
claim 'of prose alone, a paragraph a line, none twice' diff "$scratch/corpus.txt" "$scratch/expected"
claim 'and names a book that is not what it was' says '7, A Book of Two: 2 paragraphs of 158 characters; the corpus had 2 of 113'
claim 'made again' status 0 bash "$scratch/data/get-corpus.sh" "$scratch/corpus.txt"
claim 'it fetches nothing that is there' asked 2
printf 'Too many requests\n' >"$scratch/served/pg7.txt"
rm "$scratch/data/corpus/books/7.txt" "$scratch/corpus.txt"
claim 'a page that is no book' status 1 bash "$scratch/data/get-corpus.sh" "$scratch/corpus.txt"
claim 'is refused' says 'no book of Project Gutenberg'
claim 'and leaves no corpus' test ! -e "$scratch/corpus.txt"

# distilgpt2: its tokenizer is GPT-2's; what stands in for its weights is but as large.
cp data/gpt2-tokenizer/vocab.json data/gpt2-tokenizer/merges.txt "$scratch/served"
printf '%400s' '{"n_layer": 6}' >"$scratch/served/config.json"
truncate -s 340M "$scratch/served/model.safetensors"
: >"$scratch/asked"
get_model() { bash data/models/get-distilgpt2.sh "$scratch/distilgpt2"; }
claim 'get-distilgpt2.sh fetches a model' status 0 get_model
claim 'of four files' asked 4
claim 'and notes their sums' test "$(grep -c . "$scratch/distilgpt2/SHA256SUMS")" -eq 4
claim 'made again' status 0 get_model
claim 'it fetches nothing that is there' asked 4
printf 'x' >>"$scratch/distilgpt2/config.json"
claim 'a file that changed since' status 1 get_model
claim 'is named' prints 'config.json: FAILED'
rm -r "$scratch/distilgpt2"
truncate -s 1M "$scratch/served/model.safetensors"
claim 'weights that are cut off' status 1 get_model
claim 'are refused' says 'fetch it again'
truncate -s 340M "$scratch/served/model.safetensors"
sed -i 's/Ġthe/Ġteh/' "$scratch/served/merges.txt"
rm -r "$scratch/distilgpt2"
claim 'a tokenizer of another model' status 1 get_model
claim 'is named' prints 'merges.txt: FAILED'
finish
