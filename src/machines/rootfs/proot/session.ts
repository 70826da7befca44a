import { ReproError } from '../../../errors.js';
import { type FilePath, pathToBytes, rootPath } from '../../../model/file-path.js';
import type { HostFile } from '../../../model/host-file.js';
import { untilReady } from '../../until-said.js';
import type { Entrance } from '../entrance.js';
import { letGo } from '../holder.js';
import { hostNamesScript, isFolderScript } from '../host-names.js';
import { scriptText } from './scripts.js';
import type { ProotPrograms } from './supervise.js';

interface SessionOptions {
  readonly root: string;
  readonly copy: string | undefined;
  readonly network: boolean;
  readonly hostFiles: readonly HostFile[];
  readonly label: string;
}

/** What programs see beside a tree that is entered by proot, and what ends them, as long as our end of its input is open. */
export interface Session extends AsyncDisposable {
  readonly folder: string;
  readonly root: string;
  readonly network: boolean;
  /** As proot takes them. */
  readonly binds: readonly string[];
}

/** Makes it; what it takes of the host's files is named in the tree. */
export async function openSession(
  options: SessionOptions,
  { shell }: Entrance,
  { perl }: ProotPrograms,
): Promise<Session> {
  const { root, copy, network, hostFiles, label } = options;
  const pairs = hostFiles.map(({ source, target }) => [textOf(source), textOf(target)] as const);
  const binds = pairs.map((pair) => bindOf(pair));
  if (copy !== undefined) bindOf([copy, '/']);
  const targets = pairs.flatMap(([source, target]) => [source, target.slice(1)]);
  const argv = [
    'sh',
    '-c',
    sessionScript,
    'sh',
    root,
    copy ?? '',
    network ? 'network' : '',
    perl,
    scriptText('end.pl'),
  ];
  const child = await shell.spawn([...argv, ...targets], { cwd: rootPath });
  const said = await untilReady(child, /^ready (\S*) (.*)\n/);
  if (!said.found) {
    throw new ReproError('not-ready', `The tree of ${label} cannot be entered: ${said.complaint}.`, {
      where: root,
      remedy: 'See that there is space in the folder for temporary files.',
    });
  }
  const [, shown = '', folder = ''] = said.found;
  letGo(child);
  const places: Readonly<Record<string, readonly string[]>> = {
    ...{ proc: ['/proc:/proc'], sys: ['/sys:/sys'], run: [`${folder}/run:/run`] },
    dev: ['/dev:/dev', `${folder}/shm:/dev/shm`],
    hosts: [`${folder}/run/reproman/hosts:/etc/hosts`],
    'resolv.conf': [`${folder}/run/reproman/resolv.conf:/etc/resolv.conf`],
  };
  const own = shown.split(',').flatMap((name) => places[name] ?? []);
  return {
    ...{ folder, root, network, binds: [...own, ...binds] },
    async [Symbol.asyncDispose]() {
      child.ref?.();
      child.stdin?.destroy();
      // With the connection to its host it is lost itself.
      await child.exited.catch(() => undefined);
    },
  };
}

function bindOf([source, target]: readonly [string, string]): string {
  if (!source.includes(':') && !target.includes(':')) return `${source}:${target}`;
  throw new ReproError(
    'not-ready',
    'proot, which is used without namespaces, cannot show what has a colon in its name',
    {
      where: source,
      remedy: 'give it another name on the host',
    },
  );
}

function textOf(path: FilePath): string {
  return pathToBytes(path).toString('utf8');
}

/**
 * $1 the tree, $2 the copy's folder or nothing, $3 `network` or nothing, $4 Perl, $5 what waits for the end, then pairs
 * of what is shown of the host and where in the tree. proot makes no places for what it shows.
 */
const sessionScript = `
set -eu
umask 022
root=$1 copy=$2 network=$3 perl=$4 end=$5
shift 5
session=\${copy:-$(mktemp -d /tmp/reproman-run-XXXXXXXX)}
mkdir -p "$session/run/reproman"
mkdir -m 1777 "$session/run/lock" "$session/shm"
cd "$root"
shown=
${isFolderScript}
for name in proc sys dev run; do if is_folder "$name"; then shown=$shown,$name; fi; done
run=$session/run
show_copy() { shown=$shown,$1; }
${hostNamesScript}
while [ $# -gt 0 ]; do
  if [ ! -e "$2" ]; then
    case $2 in */*) mkdir -p "\${2%/*}" ;; esac
    if [ -d "$1" ]; then mkdir "$2"; else : > "$2"; fi
  fi
  shift 2
done
cd /
echo "ready $shown $session"
exec "$perl" -e "$end" -- "$session" "$copy" >/dev/null 2>&1
`;
