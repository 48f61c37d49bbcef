#!/bin/bash
# A small image experiment: its tables and pictures, and that it goes on after kill -9 between two arms.
. tests/claims.sh
cfg=tests/experiments/mnist_small.cfg

if [ ! -e /usr/lib/darknet/libdarknet.so ]; then
    skip 'a small image experiment' 'libdarknet is not installed (apt-get install darknet)'
    finish
fi

same() { diff -rq "$1/images" "$2/images" && diff -rq "$1/curves" "$2/curves" && diff -rq "$1/latent" "$2/latent" &&
    cmp "$1/summary.tsv" "$2/summary.tsv" && cmp "$1/targets.tsv" "$2/targets.tsv" && cmp "$1/sweep.tsv" "$2/sweep.tsv" &&
    cmp "$1/training.tsv" "$2/training.tsv"; }
rows() { [ "$(wc -l <"$1")" -eq "$2" ]; }

claim 'the small image experiment runs' status 0 "$LATENTDREAM" run $cfg --out "$scratch/a" --quiet
claim 'summary.tsv has a row for each arm, swept ones once a size' rows "$scratch/a/summary.tsv" 5
claim 'targets.tsv has a row for each arm, target and kind of start' rows "$scratch/a/targets.tsv" 33
claim 'sweep.tsv has a row for each latent size' rows "$scratch/a/sweep.tsv" 3
for file in images/direct-start.png images/direct-regularised-dream.png images/latent-k10-strip.png images/arms.png \
    images/arms-hidden.png images/latent-k16-dream.idx3-ubyte images/latent-k16-dream.labels.idx1-ubyte \
    curves/latent-k10.tsv curves/latent-k10-hidden.tsv curves/train-autoencoder-k16.tsv latent/points.tsv \
    latent/paths.tsv; do
    claim "it leaves $file" [ -s "$scratch/a/$file" ]
done

claim 'the tables say what they should' python3 - "$scratch/a" <<'END'
import csv, struct, sys
folder = sys.argv[1]
def table(name):
    with open(f"{folder}/{name}") as file:
        return list(csv.DictReader(file, delimiter="\t"))
summary = {row["arm"]: row for row in table("summary.tsv")}
assert list(summary) == ["direct", "direct-regularised", "latent-k10", "latent-k16"], list(summary)
assert summary["direct"]["latent_size"] == "nan" and summary["latent-k16"]["latent_size"] == "16"
for row in summary.values():
    assert row["class_dreams"] == "12" and row["hidden_dreams"] == "12"
    assert float(row["value_dream"]) > float(row["value_start"]), row["arm"]
    assert 0 <= float(row["judge_agreement"]) <= 1
    for column in ("frechet_distance", "frechet_distance_real", "nearest_training_distance", "diversity_real"):
        assert float(row[column]) > 0, column
targets = table("targets.tsv")
assert {row["starts"] for row in targets} == {"noise", "data"}
assert {row["target"] for row in targets} == {"class 0", "class 7", "layer 0 channel 3", "layer 2 neuron 3"}
assert all((row["judge_agreement"] == "nan") == (row["kind"] == "hidden") for row in targets)
assert [row["k"] for row in table("sweep.tsv")] == ["10", "16"]
assert all(0 < float(row["reconstruction_error"]) < 0.2 for row in table("sweep.tsv"))
training = {row["network"]: row for row in table("training.tsv")}
assert {"classifier", "autoencoder-k10", "autoencoder-k16"} <= set(training), list(training)
for name, row in training.items():
    steps = [line["step"] for line in table(f"curves/train-{name}.tsv")]
    assert row["training_steps"] == steps[-1] and float(row["held_out_loss"]) > 0, row
    assert (row["held_out_accuracy"] == "nan") == (row["role"] == "autoencoder"), row
images = open(f"{folder}/images/direct-dream.idx3-ubyte", "rb").read()
assert struct.unpack(">4I", images[:16]) == (0x803, 12, 28, 28) and len(images) == 16 + 12 * 784
labels = open(f"{folder}/images/direct-dream.labels.idx1-ubyte", "rb").read()
assert list(labels[8:]) == [0] * 6 + [7] * 6
END

claim 'the page shows what was trained' grep -q 'held-out accuracy (share)<small>' "$scratch/a/report.html"

# Stopped as soon as the first arm is finished.
"$LATENTDREAM" run $cfg --out "$scratch/b" --quiet >"$scratch/stdout" 2>"$scratch/stderr" &
run=$!
for _ in $(seq 3000); do
    [ -e "$scratch/b/work/arm-direct.stage" ] && break
    sleep 0.02
done
kill -9 $run
wait $run 2>/dev/null
claim 'kill -9 after the first arm leaves no summary' bash -c '[ -e "$1/work/arm-direct.stage" ] && [ ! -e "$1/summary.tsv" ]' - "$scratch/b"
claim '--resume goes on' status 0 "$LATENTDREAM" run $cfg --out "$scratch/b" --quiet --resume
claim '... without dreaming that arm again' python3 -c 'import json, sys
stages = {stage["name"]: stage for stage in json.load(open(sys.argv[1]))["stages"]}
assert stages["dream direct"]["reused"] and not stages["dream latent-k16"]["reused"], stages' "$scratch/b/run.json"
claim '... to the same bytes' same "$scratch/a" "$scratch/b"

cp -r "$scratch/a" "$scratch/c"
rm "$scratch/c/summary.tsv"
claim '--resume with other settings of an arm' status 0 "$LATENTDREAM" run $cfg --out "$scratch/c" --quiet --resume --set direct.steps=10 --force
claim '... dreams that arm afresh' bash -c '! cmp -s "$1" "$2"' - "$scratch/a/images/direct-dream.idx3-ubyte" "$scratch/c/images/direct-dream.idx3-ubyte"
claim '... and only that' cmp "$scratch/a/images/latent-k10-dream.idx3-ubyte" "$scratch/c/images/latent-k10-dream.idx3-ubyte"
finish
