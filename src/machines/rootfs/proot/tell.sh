# By the tree's own shell: runs a program with the variables that come by number, and tells descriptor 9 when signals
# reach what becomes the program, and its end. What the shell says itself of a program that was killed is for nobody.
trap : HUP INT QUIT TERM USR1 USR2
exec 8>&2 2>/dev/null
(
  echo >&9
  exec 2>&8 8>&- 9>&-
  if [ -n "${REPROMAN_COUNT-}" ]; then
    while [ "$REPROMAN_COUNT" -gt 0 ]; do
      REPROMAN_COUNT=$((REPROMAN_COUNT - 1))
      eval "set -- \"\$REPROMAN_$REPROMAN_COUNT\" \"\$@\""
    done
    set -- /usr/bin/env -i -- "$@"
  fi
  exec "$@"
)
echo $? >&9
