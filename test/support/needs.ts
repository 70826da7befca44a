import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'vitest';
import { isInstalled } from '../../bin/set-up.js';
import { engineAnswers } from './engine.js';

/** Parts of a machine that a test talks to for real. */
export interface Needs {
  readonly root?: boolean;
  readonly docker?: boolean;
  /** The machine's own Debian archive, through apt. */
  readonly archive?: boolean;
  /** The package index that this machine's own pip uses. */
  readonly index?: boolean;
  readonly programs?: readonly string[];
}

/**
 * For `beforeEach`: skips a test with its reason where a part is missing, and fails it on CI, where all parts must be.
 */
export function needs(wanted: Needs): (context: TestContext) => Promise<void> {
  return async (context) => {
    const reason = await missing(wanted);
    if (reason === undefined) return;
    if (process.env['CI']) throw new Error(`cannot run here: ${reason}`);
    context.skip(reason);
  };
}

/** For `beforeEach`, after {@link needs}: what the tests of a file share is made once, when the first of them may run. */
export function shared(make: () => Promise<void>): () => Promise<void> {
  let made: Promise<void> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

async function missing(wanted: Needs): Promise<string | undefined> {
  if (wanted.root && process.getuid?.() !== 0) return 'needs root';
  const program = wanted.programs?.find((name) => !isInstalled(name));
  if (program !== undefined) return `needs ${program}`;
  if (wanted.archive && !archiveIsKnown()) return 'needs a Debian machine with package sources (apt-get update)';
  if (wanted.index && !indexAnswers()) return 'needs a Python package index that can be reached';
  if (wanted.docker && !(await engineAnswers())) return 'needs a Docker engine on /var/run/docker.sock';
  return undefined;
}

/** Asked once in a file of tests: apt reads all of its lists for that. */
const archiveIsKnown = once((): boolean => {
  if (!existsSync('/var/lib/dpkg/status')) return false;
  const { stdout } = spawnSync('apt-cache', ['policy', 'base-files'], { encoding: 'utf8' });
  return /^\s+\d+ http/m.test(stdout ?? '');
});

/** Whether pip gets a small package from there, and not from a folder. */
const indexAnswers = once((): boolean => {
  const folder = mkdtempSync(join(tmpdir(), 'reproman-index-'));
  const argv = ['-m', 'pip', 'download', '--quiet', '--no-deps', '--no-cache-dir', '--dest', folder, 'six==1.16.0'];
  const { status } = spawnSync('/usr/bin/python3', argv, { env: { ...process.env, PIP_FIND_LINKS: '' } });
  rmSync(folder, { recursive: true });
  return status === 0;
});

function once<T>(ask: () => T): () => T {
  let answer: { readonly is: T } | undefined;
  return () => {
    answer ??= { is: ask() };
    return answer.is;
  };
}
