#!/bin/bash
# Root only, in a mount namespace of its own: shows each SOURCE as /run/claude-vm/NAME, then becomes PROGRAM. The sandbox is made
# by the workspace's own user, who may not pass through the folders above the sources (a home with mode 0700).
#
# stage.sh [SOURCE NAME]... -- PROGRAM...
set -eu
stage=/run/claude-vm
mount -t tmpfs -o mode=0755,size=1m,nosuid,nodev claude-vm $stage
while [ "$1" != -- ]; do
  if [ -d "$1" ]; then mkdir "$stage/$2"; else : >"$stage/$2"; fi
  mount --rbind -- "$1" "$stage/$2"
  shift 2
done
shift
exec "$@"
