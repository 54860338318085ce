#!/bin/bash
# Starts a workspace's program away from the control plane; its output goes to RUN/init.log.
#
# launch.sh RUN [CGROUP_PROCS]... -- [SOURCE NAME]... -- PROGRAM...
run=$1
shift
exec > >(cd / && exec env -i PATH="$PATH" bash "$run/log.sh" "$run/init.log") 2>&1 </dev/null
while [ "$1" != -- ]; do
  echo $$ >"$1"
  shift
done
shift
if [ "$1" = -- ]; then
  shift
  exec "$@"
fi
exec unshare --mount --propagation slave -- bash "$run/stage.sh" "$@"
