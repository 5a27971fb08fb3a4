#!/bin/bash
# A subshell that unlocks its copy of the descriptor frees the script's lock.

set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

exec 4<>lock
flock -n 4
(flock -u 4)
flock -n lock echo 'The script has not unlocked, and yet somebody else got it.'
