# Says what an image has. Run by the kit's own bash, so it needs nothing of the image. Lines: NAME VALUE.
[ -x /bin/sh ] && echo "has sh"
[ -x /bin/bash ] && echo "has bash"
for musl in /lib/ld-musl-*; do [ -e "$musl" ] && echo "libc musl"; done
for loader in /lib64/ld-linux-*.so.* /lib/ld-linux-*.so.* /lib64/ld64.so.*; do
  [ -x "$loader" ] || continue
  said=$("$loader" --version 2>&1)
  case $said in *musl*) ;; *) echo "libc glibc" ;; esac
done
for program in cat mv rm mkdir chmod tail sleep env cp tar grep; do
  type -P "$program" >/dev/null || echo "lacks $program"
done
env --default-signal=INT true >/dev/null 2>&1 || echo "lacks env --default-signal (coreutils 8.31)"
for file in passwd group; do
  [ -r "/etc/$file" ] && while IFS= read -r line || [ -n "$line" ]; do printf '%s %s\n' "$file" "$line"; done <"/etc/$file"
done
echo "end"
