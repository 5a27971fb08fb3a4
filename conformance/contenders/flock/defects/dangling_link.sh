#!/bin/bash
# A dangling link at the path has its target created.

set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

ln -s target lock
exec 4<>lock
flock -n 4
[ -e target ]
echo 'The file that the dangling link names was created.'
