#!/bin/bash
# Writes its input to FILE; what is older than the last mebibyte or two is dropped, whatever the workspace prints.
#
# log.sh FILE
max=1048576
while stdbuf -o0 head -c $max >"$1" && bytes=$(stat -c %s -- "$1"); do
  [ "$bytes" -ge $max ] || exit 0
  mv -f -- "$1" "$1.1" || break
done
# The folder is gone, or its disk full: whoever prints goes on all the same.
exec cat >/dev/null
