#!/bin/bash
# The first process of a workspace: keeps the bridge alive. Ends when the bridge says that it is done (0), when the control
# plane refused it (3), or on SIGTERM.
#
# init.sh JAVA KIT [CACHE]: JAVA is a Java home, KIT has lib/*.jar and perhaps bridge.opts; CACHE is a cache of classes, KIT/bridge.aot
# when none is named.
set -u
java=$1/bin/java kit=$2 aot=${3:-$2/bridge.aot}

command=("$java") cache=()
[ -f "$kit/bridge.opts" ] && command+=("@$kit/bridge.opts")
[ -f "$aot" ] && cache=("-XX:AOTCache=$aot")
# The jars by name and sorted: the AOT cache is good for exactly the class path that it was trained with.
LC_ALL=C
printf -v jars '%s:' "$kit"/lib/*.jar
class=(-cp "${jars%:}" dev.claudevm.bridge.BridgeMain)

bridge= stopping=
trap 'stopping=1; [ -n "$bridge" ] && kill -TERM "$bridge" 2>/dev/null' TERM INT
delays=(0.2 0.5 1 2 5 10) deaths=0

while [ -z "$stopping" ]; do
  began=$SECONDS
  # What bash starts in the background ignores interrupts, and then everything in the workspace would: the bridge can undo that, slowly.
  (trap - INT QUIT && exec "${command[@]}" "${cache[@]}" "${class[@]}" </dev/null) &
  bridge=$!
  # A signal that came before "bridge" had its value could not be passed on.
  [ -n "$stopping" ] && kill -TERM "$bridge" 2>/dev/null
  wait "$bridge"; code=$?
  # A trapped signal ends "wait" before the bridge has ended.
  while kill -0 "$bridge" 2>/dev/null; do wait "$bridge"; code=$?; done
  bridge=
  [ -n "$stopping" ] && break
  case $code in
    0 | 3) echo "claude-vm: the bridge ended with code $code"; exit "$code" ;;
  esac
  [ $((SECONDS - began)) -ge 60 ] && deaths=0
  # A cache that does not fit this machine can stop the JVM before our first line; without one it only starts more slowly.
  [ "$code" = 1 ] && [ $((SECONDS - began)) -lt 10 ] && cache=()
  delay=${delays[deaths]}
  [ $deaths -lt 5 ] && deaths=$((deaths + 1))
  echo "claude-vm: the bridge died with code $code; it is started again in $delay s"
  sleep "$delay" &
  wait $!
done
exit 0
