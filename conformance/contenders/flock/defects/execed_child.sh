#!/bin/bash
# A script that holds the lock is killed, and a program that it started keeps
# the lock: the shell does not close the descriptor on exec.

set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

mkfifo ready
bash -c 'exec 4<>lock; flock -n 4
  sh -c "echo \$\$ >ready; exec sleep 1000000" & wait' &
holder=$!
read -r program <ready
{ kill -KILL "$holder" && wait "$holder"; } 2>/dev/null || true
if flock -n lock true; then
  echo 'The lock was free: the defect does not show.'
  kill "$program"
  exit 1
fi
echo "The script is dead, and $(tr '\0' ' ' <"/proc/$program/cmdline") holds its lock."
kill "$program"
