#!/bin/bash
# A FIFO at the path is locked as if it were a file.

set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

mkfifo fifo
exec 4<>fifo
flock -n 4
echo 'Holds the lock of a FIFO.'
