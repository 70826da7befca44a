import { rootPath } from '../../model/file-path.js';
import type { Machine } from '../machine.js';

/** Whether any program has a tree as its root: one that shares the host's processes may outlive who started it. */
export async function runsIn(tree: string, host: Machine): Promise<boolean> {
  return (await ask(tree, 'find', host)) !== '';
}

/** Ends the programs that have a tree as their root: they are asked to, and killed where they do not heed that. */
export async function endProcessesIn(tree: string, host: Machine): Promise<void> {
  await ask(tree, 'end', host);
}

async function ask(tree: string, what: 'find' | 'end', host: Machine): Promise<string> {
  const result = await host.shell?.run(['sh', '-c', script, 'sh', tree, what], { cwd: rootPath });
  return result?.stdout.toString('latin1').trim() ?? '';
}

/** proc(5): `root` is a link that leads into another process's own mounts. $1 the tree, $2 what to do. */
const script = `
inside() {
  for root in /proc/[0-9]*/root; do
    if [ "$root" -ef "$1" ]; then pid=\${root#/proc/}; echo "\${pid%/root}"; fi
  done
}
pids=$(inside "$1")
if [ "$2" = find ]; then echo "$pids"; exit; fi
for patience in 1 2 3 4 5 6 7 8 9 10; do
  [ -n "$pids" ] || exit 0
  kill -TERM $pids 2>/dev/null
  sleep 0.1
  pids=$(inside "$1")
done
[ -z "$pids" ] || kill -KILL $pids 2>/dev/null
exit 0`;
