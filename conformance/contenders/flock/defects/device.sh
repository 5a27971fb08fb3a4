#!/bin/bash
# A device at the path is opened for writing, and locked.

set -eu
exec 4<>/dev/null
flock -n 4
echo 'Holds the lock of /dev/null.'
