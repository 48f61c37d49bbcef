#!/bin/bash
# Whole runs of small text experiments: a training and its dreams, killed with -9 and resumed, come to the same bytes
# as an undisturbed run; what the model lacks is refused with file and line.
. tests/claims.sh

# Six books that repeat themselves, and a model small enough for seconds.
mkdir "$scratch/shape"
cp data/models/fairytale/vocab.json data/models/fairytale/merges.txt "$scratch/shape"
sed -e 's/"n_embd": 256/"n_embd": 32/; s/"n_layer": 6/"n_layer": 2/; s/"n_head": 8/"n_head": 2/' \
    -e 's/"n_positions": 256/"n_positions": 48/' data/models/fairytale/config.json >"$scratch/shape/config.json"
for book in 1 2 3 4 5 6; do
    [ "$book" = 1 ] || echo
    for day in $(seq 40); do
        echo "Once upon a time there was a king who had $book daughters, and day $day came."
    done
done >"$scratch/books.txt"
printf 'book\ttitle\n3\tThe third\n' >"$scratch/held-out.tsv"
printf 'Once upon a time there was a fox.\nThe king had a daughter.\nNo.\n' >"$scratch/sentences.txt"
cat >"$scratch/small.cfg" <<END
[experiment]
name=text-small
threads=2
[language_model]
shape=$scratch/shape
[corpus]
file=$scratch/books.txt
held_out=$scratch/held-out.tsv
[train]
name=small
type=language-model
optimizer=muon
batch=4
tokens=32
steps=120
warm_up=5
learning_rate=0.01
schedule=constant
cool_down=40
evaluate_every=10
evaluate_windows=4
sample_every=20
checkpoint_seconds=0.05
[sentences]
file=$scratch/sentences.txt
[target]
layer=1
neuron=2,7
[dream]
name=activation
steps=60
hard_every=20
batch=2
[dream]
name=fluency
fluency=0.5
steps=60
END

run() { "$LATENTDREAM" run "$scratch/small.cfg" --out "$@"; }

# same A B: two runs left the same results, byte for byte; times and the pages that show them aside.
same() { diff -rq -x run.json -x report.html -x work -x .lock "$1" "$2"; }
whole() { [ -d "$1" ] && [ -z "$(find "$1" -name '*.part')" ]; }

claim 'a model is trained and dreams' status 0 run "$scratch/whole"
claim '... and writes now and then' says 'writes:'
for file in summary.tsv targets.tsv training.tsv samples.tsv curves/activation.tsv curves/train-small.tsv report.html \
    sentences/fluency.jsonl models/small/model.safetensors models/small/config.json models/small/vocab.json; do
    claim "it leaves $file" [ -s "$scratch/whole/$file" ]
done
claim 'no file is half-written' whole "$scratch/whole"
claim 'every line of sentences is JSON' python3 - "$scratch/whole/sentences/activation.jsonl" <<'END'
import json, sys
lines = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
assert len(lines) == 6 and all(len(line["ids"]) == len(line["activations"]) for line in lines)
END

claim 'samples.tsv has a row a sample' [ "$(cut -f 1 "$scratch/whole/samples.tsv" | tr '\n' ' ')" = 'step 20 40 60 80 100 120 ' ]
claim 'the page shows what was trained' grep -q 'held-out loss (nats a character)<small>' "$scratch/whole/report.html"
claim '... its shape and files' grep -q 'href="models/small/model.safetensors"' "$scratch/whole/report.html"
claim '... and what it wrote' grep -q '>samples.tsv</a>' "$scratch/whole/report.html"

# Killed again and again, each time a little later.
tries=0
while [ $tries -lt 12 ] && [ ! -s "$scratch/killed/summary.tsv" ]; do
    "$LATENTDREAM" run "$scratch/small.cfg" --out "$scratch/killed" --resume --quiet >/dev/null 2>&1 &
    sleep "$(awk -v n=$tries 'BEGIN { print 0.15 + 0.15 * n }')"
    kill -9 $! 2>/dev/null
    wait $! 2>/dev/null
    tries=$((tries + 1))
done
claim 'a run killed with -9 goes on' status 0 run "$scratch/killed" --resume --quiet
claim '... to the same bytes' same "$scratch/whole" "$scratch/killed"
claim '... and leaves nothing half-written' whole "$scratch/killed"

claim 'the same run again' status 0 run "$scratch/whole"
claim '... does not train again' bash -c '! grep -q "training small" "$1"' - "$scratch/stderr"

refuse() { # what the message must say; then --set assignments
    rm -rf "$scratch/refused"
    claim "refused: ${*:2}" status 1 run "$scratch/refused" --quiet "${@:2}"
    claim "... because: $1" says "$1"
    claim '... in one line' says_lines 1
}
refuse 'layers 0 to 1' --set target.layer=2
refuse 'neurons 0 to 127' --set target.neuron=128
refuse 'context of 48' --set train.tokens=64
refuse 'warm_up' --set train.warm_up=121
refuse 'get-corpus.sh' --set corpus.file="$scratch/nothing.txt"

# check tells all of it at once.
claim 'check finds nothing wrong' status 0 "$LATENTDREAM" check "$scratch/small.cfg"
claim 'check tells what the model lacks' status 1 "$LATENTDREAM" check "$scratch/small.cfg" --set target.layer=2 \
    --set activation.latent_prior=1 --set train.tokens=64 --set sentences.file="$scratch/nothing.txt" \
    --set corpus.held_out="$scratch/sentences.txt"
for piece in 'layer=2: the model has layers 0 to 1' 'a text arm has no latent' 'context of 48' \
    'nothing.txt: no such file' 'is no book number'; do
    claim "... $piece" prints "$piece"
done
claim '... a line each' [ "$(wc -l <"$scratch/stdout")" -eq 5 ]
printf 'book\n7\n' >"$scratch/held-out-7.tsv"
claim 'check counts the books' status 1 "$LATENTDREAM" check "$scratch/small.cfg" --set corpus.held_out="$scratch/held-out-7.tsv"
claim '... and names the one that is missing' prints 'book 7 is to be held out, but there are 6 books'
claim '... and the script that makes the file' prints 'data/get-corpus.sh'
printf 'One.\n\nThree.\n' >"$scratch/sentences.txt"
claim 'check reads the sentences' status 1 "$LATENTDREAM" check "$scratch/small.cfg"
claim '... naming both lines' prints "small.cfg:$(grep -n '^\[sentences\]' "$scratch/small.cfg" | awk -F: '{ print $1 + 1 }'): $scratch/sentences.txt:2: the sentence is empty"
refuse 'sentences.txt:2: the sentence is empty' --set experiment.seed=2
sed 's/.*shape=.*/weights=data\/models\/distilgpt2/; /^\[corpus\]/,/^checkpoint_seconds/d' "$scratch/small.cfg" \
    >"$scratch/distil.cfg"
if [ -e data/models/distilgpt2/config.json ]; then
    skip 'a model that is not there is refused' 'data/models/distilgpt2 is there'
else
    claim 'a model that is not there' status 1 "$LATENTDREAM" run "$scratch/distil.cfg" --out "$scratch/distil"
    claim '... names the script that fetches it' says 'data/models/get-distilgpt2.sh'
    claim 'check misses it too' status 1 "$LATENTDREAM" check "$scratch/distil.cfg"
    claim '... with file, line and script' bash -c 'grep -q "distil.cfg:[0-9]*: .*data/models/get-distilgpt2.sh" "$1"' - "$scratch/stdout"
fi
finish
