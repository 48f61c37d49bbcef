#!/bin/sh
# get-mnist.sh [FOLDER]: fetches the whole of MNIST, 60,000 digits to train on and 10,000 to test on (11.6 MB), into
# FOLDER (default: data/mnist-full, beside this script). Each file is checked against the SHA-256 of the published one and
# appears only when whole. Started again, it goes on where it stopped. MNIST_MIRROR names another place to fetch from.
set -eu

folder=${1:-$(dirname "$0")/mnist-full}
mirrors=${MNIST_MIRROR:-https://ossci-datasets.s3.amazonaws.com/mnist https://storage.googleapis.com/cvdf-datasets/mnist}

fail() {
    echo "get-mnist.sh: $*" >&2
    exit 1
}

command -v sha256sum >/dev/null || fail "sha256sum is missing; install it with: apt-get install coreutils"
if command -v curl >/dev/null; then
    download() { curl --fail --location --silent --show-error --retry 3 --continue-at - --output "$2" "$1"; }
elif command -v wget >/dev/null; then
    download() { wget --quiet --tries=3 --continue --output-document="$2" "$1"; }
else
    fail "neither curl nor wget is here; install one with: apt-get install curl"
fi

matches() {
    echo "$2  $1" | sha256sum --check --status 2>/dev/null
}

get() {
    name=$1 sum=$2
    if [ -f "$folder/$name" ]; then
        matches "$folder/$name" "$sum" && { echo "$name: here already"; return; }
        fail "$folder/$name is not the published file; remove it and start again"
    fi
    for mirror in $mirrors; do
        echo "$name: from $mirror"
        # A part that cannot be gone on from (whole already, or of another file) is fetched from its beginning.
        download "$mirror/$name" "$folder/$name.part" || true
        if ! matches "$folder/$name.part" "$sum"; then
            [ -f "$folder/$name.part" ] || continue
            rm -f "$folder/$name.part"
            download "$mirror/$name" "$folder/$name.part" || continue
        fi
        if matches "$folder/$name.part" "$sum"; then
            mv "$folder/$name.part" "$folder/$name"
            return
        fi
        echo "$name: what $mirror sent has another SHA-256 than the published file" >&2
        rm -f "$folder/$name.part"
    done
    fail "$name could not be fetched; check the network and start again"
}

mkdir -p "$folder" || fail "cannot make $folder"
get train-images-idx3-ubyte.gz 440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609
get train-labels-idx1-ubyte.gz 3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c
get t10k-images-idx3-ubyte.gz 8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6
get t10k-labels-idx1-ubyte.gz f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6
echo "MNIST is in $folder"
