#!/bin/bash
# The commands that look into a language model. MODEL=FOLDER tries another model.
. tests/claims.sh
model=${MODEL:-data/models/fairytale}
program=$LATENTDREAM

# same FILE FILE, has FILE TEXT
same() { cmp -s "$1" "$2" || { diff "$1" "$2" | head -5 | sed 's/^/# /'; return 1; }; }
run() { "$program" "$@" 2>"$scratch/stderr"; }

printf 'The king'"'"'s  son\nzw\xc3\xb6lf \xff\xfe bytes\n\n<|endoftext|>\n' >"$scratch/text"
run tokenize "$scratch/text" >"$scratch/ids"
run tokenize --decode "$scratch/ids" >"$scratch/back"
claim 'tokenize --decode gives back the bytes' same "$scratch/text" "$scratch/back"
claim 'tokenize prints a JSON array a line' test "$(grep -cE '^\[([0-9]+(, [0-9]+)*)?\]$' "$scratch/ids")" -eq 4
claim 'tokenize knows GPT-2'"'"'s own tables' test \
    "$(echo 'Hello world' | run tokenize --model data/gpt2-tokenizer)" = '[15496, 995]'
echo '[1, 4096]' >"$scratch/bad"
claim 'an id that the vocabulary lacks is an error' status 1 "$program" tokenize --decode "$scratch/bad"
claim 'which names line and id' says 'bad:1: token 1 has the id 4096'
echo '[1, "a"]' >"$scratch/bad"
claim 'an id that is no number is an error' status 1 "$program" tokenize --decode "$scratch/bad"
claim 'activations asks for a layer' status 2 "$program" activations --neuron 2
claim 'an unknown site is bad usage' status 2 "$program" activations --layer 0 --neuron 0 --site nowhere
claim 'a temperature below zero is bad usage' status 2 "$program" generate --temperature -1
claim 'a model that is not there is an error' status 1 "$program" perplexity --model no/such/model "$scratch/text"

if [ ! -f "$model/model.safetensors" ]; then
    skip 'activations, perplexity, generate and lens on a model' "$model has no weights"
    finish
fi

head -3 data/sentences/starts.txt >"$scratch/sentences"
run activations --model "$model" --layer 1 --neuron 2 "$scratch/sentences" >"$scratch/activations"
claim 'activations prints a row a token' test "$(wc -l <"$scratch/activations")" -eq \
    "$((1 + $(run tokenize --model "$model" "$scratch/sentences" | tr ',' '\n' | wc -l)))"
claim 'and every row has five cells' test "$(awk -F'\t' 'NF != 5' "$scratch/activations" | wc -l)" -eq 0
claim 'a layer that the model lacks is an error' status 1 "$program" activations --model "$model" --layer 99 --neuron 0
claim 'which says what there is' says 'there is no layer 99'
claim 'a neuron that the model lacks is an error' status 1 "$program" activations --model "$model" --layer 0 \
    --neuron 99999
claim 'which says so' says 'there is no neuron 99999'

printf 'One sentence.\n\n' >"$scratch/empty"
claim 'an empty sentence is an error' status 1 "$program" perplexity --model "$model" "$scratch/empty"
claim 'which names its line' says 'empty:2: the sentence is empty'
yes 'and on and on' | head -2000 | tr '\n' ' ' >"$scratch/long"
claim 'a sentence longer than the context is an error' status 1 "$program" lens --model "$model" "$scratch/long"
claim 'which says how long it may be' says "the model's context holds"

# The last layer's lens is the model: its probabilities of the tokens that come are what perplexity adds up.
run perplexity --model "$model" "$scratch/sentences" >"$scratch/perplexity"
run lens --model "$model" "$scratch/sentences" >"$scratch/lens"
agree() {
    awk -F'\t' -v lens="$scratch/lens" '
        BEGIN {
            while ((getline line < lens) > 0) {
                split(line, cell, "\t")
                if (cell[1] == "sentence") continue
                if (cell[2] + 0 > last) { last = cell[2] + 0; delete nats }
                if (cell[2] + 0 == last && cell[8] != "nan") nats[cell[1]] -= log(cell[8])
            }
        }
        FNR > 1 && $1 != "all" { d = nats[$1] - $4; rows++; if (d * d > 1e-6 * $4 * $4) bad = 1 }
        END { exit bad || rows != 3 }' "$scratch/perplexity"
}
claim 'lens and perplexity agree on the last layer' agree

# 500 sentences of the books that were held out, each alone: 1.05 is what the model has to reach on the whole books.
run perplexity data/sentences/reference.txt >"$scratch/reference"
claim 'the small model predicts books that it has not read within 1.05 nats a character' \
    awk -F'\t' '$1 == "all" { found = $6 > 0 && $6 <= 1.05 } END { exit !found }' "$scratch/reference"
claim 'lens draws a heatmap' status 0 "$program" lens --model "$model" --figure "$scratch/lens.png" "$scratch/sentences"
claim 'as PNG and PDF' test -s "$scratch/lens.png" -a -s "$scratch/lens.pdf"

run generate --model "$model" --prompt 'Once upon a time' --tokens 12 --seed 3 >"$scratch/one"
run generate --model "$model" --prompt 'Once upon a time' --tokens 12 --seed 3 >"$scratch/two"
claim 'the same seed writes the same text' same "$scratch/one" "$scratch/two"
claim 'which goes on from the prompt' grep -q '^Once upon a time.' "$scratch/one"
claim 'another seed writes another text' test "$(cat "$scratch/one")" != \
    "$(run generate --model "$model" --prompt 'Once upon a time' --tokens 12 --seed 4)"
finish
