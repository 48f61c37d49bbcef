#!/bin/bash
# The program after `make install`: it finds its own cfg files, data and plots from any folder.
. tests/claims.sh
claim 'make install puts the program and its files under PREFIX' status 0 \
    make -s install BUILD="$BUILD" DESTDIR="$scratch" PREFIX=/usr
installed=$scratch/usr/bin/latentdream
claim '... the program' [ -x "$installed" ]
mkdir "$scratch/elsewhere"
cd "$scratch/elsewhere" || exit 1
claim 'it finds an experiment and its data from any folder' status 0 "$installed" check experiments/mnist-appendix.cfg
claim '... and a network' status 0 "$installed" check cfg/mnist_autoencoder.cfg
claim 'a name that is nowhere is an error' status 1 "$installed" check experiments/none.cfg
claim '... that says where it looked' prints 'neither here nor beside the program'
finish
