#!/bin/bash
# A symbolic link at the path is followed: its target is locked.

set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

echo 'precious content' >target
ln -s target lock
exec 4<>lock
flock -n 4
if flock -n target true; then exit 1; fi
echo "The link's target is locked."
