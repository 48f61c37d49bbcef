#!/bin/bash
# get-distilgpt2.sh [FOLDER]: fetches distilgpt2 from its public home into FOLDER, default data/models/distilgpt2.
#
# Four files, 354 MB, Apache License 2.0: https://huggingface.co/distilbert/distilgpt2
# The tokenizer's two files are checked against the sums below, which GPT-2's tables have had since 2019. The sums of
# all four are written to FOLDER/SHA256SUMS; where that file is there already, a file that differs from it is an error.
set -eu
home=https://huggingface.co/distilbert/distilgpt2/resolve/main
folder=${1:-$(dirname "$0")/distilgpt2}

size_at_least() {
    local size
    size=$(wc -c <"$2")
    [ "$size" -ge "$1" ] || { echo "$2: $size bytes; at least $1 were expected: fetch it again" >&2; exit 1; }
}

fetch() {
    local name=$1 least=$2
    [ -s "$folder/$name" ] && { echo "$name is there"; return; }
    echo "fetching $name"
    if command -v curl >/dev/null; then
        curl --fail --location --continue-at - --progress-bar --output "$folder/$name.part" "$home/$name"
    elif command -v wget >/dev/null; then
        wget --continue --output-document "$folder/$name.part" "$home/$name"
    else
        echo "curl or wget is needed" >&2
        exit 1
    fi
    size_at_least "$least" "$folder/$name.part"
    mv "$folder/$name.part" "$folder/$name"
}

mkdir -p "$folder"
fetch config.json 300
fetch vocab.json 1042301
fetch merges.txt 456318
fetch model.safetensors 320000000

cd "$folder"
sha256sum --check --quiet - <<'SUMS'
196139668be63f3b5d6574427317ae82f612a97c5d1cdaf36ed2256dbf636783  vocab.json
1ce1664773c50f3e0cc8842619a93edc4624525b728b188a9e0be33b7726adc5  merges.txt
SUMS
if [ -f SHA256SUMS ]; then
    sha256sum --check --quiet SHA256SUMS
else
    sha256sum config.json vocab.json merges.txt model.safetensors >SHA256SUMS
fi
echo "distilgpt2 is in $folder:"
cat SHA256SUMS
