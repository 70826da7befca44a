import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const version = '0.0.49';
const script = fileURLToPath(new URL('container_tree.py', import.meta.url));

/** What the peer took, in seconds of the processor: for each list, and for one comparison of the first two. */
export interface PeerTimes {
  readonly build: readonly number[];
  readonly score: number;
  /** Nodes of its tree. */
  readonly count: number;
  readonly same: number;
  readonly total: number;
}

/** Runs container-tree over lists; it is installed into the folder first. A text says why it cannot be had. */
export function containerTree(folder: string, lists: readonly string[]): PeerTimes | string {
  const venv = join(folder, 'container-tree');
  const python = join(venv, 'bin', 'python');
  const steps = [
    ['python3', '-m', 'venv', venv],
    [python, '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `containertree==${version}`],
  ];
  for (const step of steps) {
    const why = failureOf(step);
    if (why !== undefined) return why;
  }
  const { status, stdout, stderr } = spawnSync(python, [script, ...lists], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`container-tree failed: ${stderr.slice(-1000)}`);
  return JSON.parse(stdout) as PeerTimes;
}

function failureOf([program = '', ...args]: readonly string[]): string | undefined {
  const { status, error, stderr } = spawnSync(program, args, { encoding: 'utf8', timeout: 60_000 });
  if (status === 0) return undefined;
  return `container-tree ${version} is not to be had here: ${error?.message ?? stderr.trim().split('\n').at(-1)}`;
}
