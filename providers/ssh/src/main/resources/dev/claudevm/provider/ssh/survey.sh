# Says what a machine is like, and changes nothing on it. For any POSIX shell. Lines: NAME VALUE.
#
# sh -s FOLDER
say() { printf '%s %s\n' "$1" "$2"; }
printf 'claude-vm begin\n'
folder=$1
case $folder in
  "~") folder=$HOME ;;
  "~/"*) folder=$HOME/${folder#"~/"} ;;
esac
say folder "$folder"
say system "$(uname -s)"
say processor "$(uname -m)"
say uid "$(id -u)"
for musl in /lib/ld-musl-*; do [ -e "$musl" ] && say libc musl; done
for loader in /lib64/ld-linux-*.so.* /lib/ld-linux-*.so.* /lib64/ld64.so.*; do
  [ -x "$loader" ] || continue
  case $("$loader" --version 2>&1) in *musl*) ;; *) say libc glibc ;; esac
done
for program in bash tar gzip grep flock setsid cat mv rm mkdir chmod tail head stat df sleep env stdbuf; do
  command -v "$program" >/dev/null 2>&1 || say lacks "$program"
done
env --default-signal=INT true >/dev/null 2>&1 || say lacks "env --default-signal (coreutils 8.31)"
at=$folder
while [ ! -d "$at" ] && [ -n "$at" ]; do at=${at%/*}; done
[ -n "$at" ] || at=/
df -Pk "$at" 2>/dev/null | {
  read -r heading
  read -r system blocks used free rest
  say free "$free"
}
[ -w "$at" ] && [ -x "$at" ] || say unwritable "$at"
kill=$(busctl get-property org.freedesktop.login1 /org/freedesktop/login1 org.freedesktop.login1.Manager KillUserProcesses 2>/dev/null)
[ "$kill" = "b true" ] && say kills yes
if command -v bwrap >/dev/null 2>&1; then
  if said=$(bwrap --unshare-all --unshare-user --share-net --ro-bind / / --proc /proc --dev /dev true 2>&1); then
    say sandbox works
  else
    say sandbox "$(printf 'bubblewrap does not work there (%s)' "$said" | tr '\n' ' ')"
  fi
elif command -v unshare >/dev/null 2>&1 && ! said=$(unshare --user --map-root-user true 2>&1); then
  say sandbox "$(printf 'user namespaces are not allowed there (%s)' "$said" | tr '\n' ' ')"
fi
say end .
