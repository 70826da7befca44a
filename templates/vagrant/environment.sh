#!/bin/sh
# Runs a command in the environment that this machine was made for, without one what was traced.
set -eu
[ "$(id -u)" = 0 ] || exec sudo -- "$0" "$@"
[ $# -gt 0 ] || set -- @command@
exec unshare --mount --pid --fork --kill-child -- sh -c '
  mkdir -p /environment/dev /environment/sys /environment/proc
  for folder in dev sys; do mount --rbind "/$folder" "/environment/$folder"; done
  mount -t proc proc /environment/proc
  exec env -i "$@"
' sh @environment@ setpriv --reuid @uid@ --regid @gid@ @groups@ -- \
  unshare --root=/environment --wd=@folder@ -- "$@"
