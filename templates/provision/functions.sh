# What the install.sh scripts share. POSIX sh, run as root in the system that becomes the environment.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
umask 022

download() { # ADDRESS FILE
  if command -v curl >/dev/null; then curl --fail --silent --show-error --location --retry 3 --output "$2" -- "$1"
  elif command -v wget >/dev/null; then wget -q -O "$2" -- "$1"
  else /usr/lib/apt/apt-helper -qq download-file "$1" "$2"; fi
}

fetch() { # KIND SUM FILE ADDRESS...: from the first address that has it as it should be
  kind=$1 sum=$2 file=$3
  shift 3
  for address; do
    download "$address" "$file" && printf '%s  %s\n' "$sum" "$file" | "${kind}sum" -c >/dev/null 2>&1 && return
  done
  echo "no address has $file as it should be ($kind $sum)" >&2
  exit 1
}

account() { # FILE LINE: unless there is one of that name; a group that is there gets the members
  if ! cut -d: -f1 "$1" | grep -qxF -- "${2%%:*}"; then printf '%s\n' "$2" >> "$1"
  elif [ "${1##*/}" = group ] && [ -n "${2##*:}" ]; then
    changed=$(with_members "${2%%:*}" "${2##*:}" < "$1") && printf '%s\n' "$changed" > "$1"
  fi
}

with_members() ( # GROUP MEMBERS: the lines of /etc/group
  set -f
  while IFS= read -r line || [ -n "$line" ]; do
    IFS=,
    if [ "${line%%:*}" = "$1" ]; then
      for member in $2; do
        case $line in
          *[:,]"$member" | *[:,]"$member",*) ;;
          *:) line=$line$member ;;
          *) line=$line,$member ;;
        esac
      done
    fi
    printf '%s\n' "$line"
  done
)

unpack() { # FILE: below /, through the links that are there
  if tar --version 2>/dev/null | grep -q GNU; then set -- "$1" --keep-directory-symlink --delay-directory-restore; fi
  archive=$1
  shift
  tar -C / --numeric-owner "$@" -xpf "$archive"
}

as_user() { # UID GID GROUPS COMMAND...: becomes that, so it takes a subshell
  uid=$1 gid=$2 groups=$3
  shift 3
  if [ "$uid:$gid:$groups" = 0:0:0 ]; then exec "$@"
  elif ! setpriv --help 2>&1 | grep -q -e --reuid; then by_busybox "$uid" "$gid" "$groups" "$@"
  elif [ -n "$groups" ]; then exec setpriv --reuid "$uid" --regid "$gid" --groups "$groups" -- "$@"
  else exec setpriv --reuid "$uid" --regid "$gid" --clear-groups -- "$@"; fi
}

# The setpriv of BusyBox sets no user, its nsenter sets no groups, and its su those that passwd and group say of a name.
by_busybox() { # UID GID GROUPS COMMAND...
  if [ "$(echo "$2 $3" | each_id)" = "$2" ] && busybox nsenter --help 2>&1 | grep -q -e '-S UID'; then
    uid=$1 gid=$2
    shift 3
    exec busybox nsenter -S "$uid" -G "$gid" -- "$@"
  fi
  if ! name=$(account_of "$1" "$2" "$3"); then
    echo "no account has the uid $1, the gid $2 and the groups '$3': add the setpriv of util-linux" >&2
    exit 125
  fi
  shift 3
  exec su -m -s /bin/sh -c 'exec "$@"' -- "$name" sh "$@"
}

account_of() { # UID GID GROUPS
  while IFS=: read -r name _ uid gid _; do
    case $name in -*) continue ;; esac
    if [ "$uid:$gid" = "$1:$2" ] && [ "$(id -G "$name" | each_id)" = "$(echo "$2 $3" | each_id)" ]; then
      printf '%s\n' "$name"
      return
    fi
  done < /etc/passwd
  return 1
}

each_id() {
  tr ', ' '\n\n' | grep . | sort -nu
}
