#!/bin/bash
# A script that holds the lock ends, and its subshell keeps the lock.

set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

mkfifo ready never
bash -c 'exec 4<>lock; flock -n 4; (echo $BASHPID >ready; read -r _ <>never) &' &
read -r child <ready
wait
if flock -n lock true; then
  echo 'The lock was free: the defect does not show.'
  kill "$child"
  exit 1
fi
echo 'The script has ended, and the lock is still held.'
kill "$child"
