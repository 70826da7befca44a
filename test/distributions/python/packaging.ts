import { spawnSync } from 'node:child_process';
import { needs } from '../../support/needs.js';

/** The packaged Python: the one on the path may be a version manager's. */
export const python = '/usr/bin/python3';

/** Whether the packaged pip is there, with the `packaging` that it brings. */
export const hasPip = spawnSync(python, ['-m', 'pip', '--version']).status === 0;

/** For `beforeEach`: what is compared with packaging needs the packaged pip. */
export const needsPip = needs({ programs: ['/usr/lib/python3/dist-packages/pip/__init__.py'] });

/** What a Python expression says of each value; `e` is the value. */
export function asked<T>(imports: string, expression: string, values: readonly unknown[]): T[] {
  const script = `import json, sys\n${imports}\nprint(json.dumps([${expression} for e in json.load(sys.stdin)]))`;
  const { stdout, stderr } = spawnSync(python, ['-c', script], { input: JSON.stringify(values), encoding: 'utf8' });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as T[];
}
