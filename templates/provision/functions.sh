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

account() { # FILE LINE: unless there is one of that name
  cut -d: -f1 "$1" | grep -qxF -- "${2%%:*}" || printf '%s\n' "$2" >> "$1"
}

unpack() { # FILE: below /, through the links that are there
  if tar --version 2>/dev/null | grep -q GNU; then set -- "$1" --keep-directory-symlink --delay-directory-restore; fi
  archive=$1
  shift
  tar -C / --numeric-owner "$@" -xpf "$archive"
}

as_user() { # USER GROUP GROUPS COMMAND...
  user=$1 group=$2 groups=$3
  shift 3
  if [ "$user:$group:$groups" = 0:0: ]; then "$@"
  elif [ -n "$groups" ]; then setpriv --reuid "$user" --regid "$group" --groups "$groups" -- "$@"
  else setpriv --reuid "$user" --regid "$group" --clear-groups -- "$@"; fi
}
