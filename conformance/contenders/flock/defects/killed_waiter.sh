#!/bin/bash
# A script that holds a lock is killed while it waits for another; the flock
# that it has started goes on waiting, and keeps what the script held.

set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

exec 5<>wanted
flock 5
mkfifo ready
bash -c 'exec 3<>held; flock -n 3; exec 4<>wanted; flock -w 1000 4 5>&- & echo $! >ready; wait' 5>&- &
waiter=$!
read -r flock <ready
{ kill -KILL "$waiter" && wait "$waiter"; } 2>/dev/null || true
if flock -n held true; then
  echo 'The lock was free: the defect does not show.'
  kill "$flock"
  exit 1
fi
echo 'The script is dead, and what it held is still locked.'
kill "$flock"
