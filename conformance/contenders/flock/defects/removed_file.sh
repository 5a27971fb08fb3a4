#!/bin/bash
# A script has opened the file when it is removed, and gets the lock of nothing,
# beside another that has the lock of what is at the path now.

set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

exec 4<>lock
rm lock
exec 5<>lock
if flock -n 4 && flock -n 5; then
  echo 'Both have the lock.'
  exit 0
fi
echo 'One was refused: the defect does not show.'
exit 1
