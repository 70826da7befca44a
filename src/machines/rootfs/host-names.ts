/** A function of the shell: whether something in the tree, where the script is, is a folder and leads nowhere else. */
export const isFolderScript = 'is_folder() { [ -d "$1" ] && [ ! -L "$1" ]; }';

/**
 * A part of scripts that show a tree, where they are, to its programs: the host's names of machines, and where others are
 * asked for if there is $network. They are copies, so that nothing in the tree can write to the host's: in the folder
 * $run, which programs have as /run if the tree has one, and `show_copy NAME` puts `$run/reproman/NAME` in the place of
 * the tree's own `etc/NAME`.
 */
export const hostNamesScript = `
show() {
  if [ -f "etc/$1" ] && [ ! -L "etc/$1" ] && cat "/etc/$1" > "$run/reproman/$1" 2>/dev/null; then show_copy "$1"; fi
}
show_names() {
  show hosts
  [ -n "$network" ] || return 0
  if [ ! -L etc/resolv.conf ]; then show resolv.conf; return; fi
  target=$(readlink etc/resolv.conf)
  case $target in
    /run/* | ../run/*)
      target=/\${target#*run/}
      # Whoever made the tree: nothing is written outside of it.
      case $target/ in
        */../*) ;;
        *) mkdir -p "$run\${target%/*}" && cat /etc/resolv.conf > "$run$target" 2>/dev/null || : ;;
      esac ;;
  esac
}
if is_folder run; then show_names; fi
`;
