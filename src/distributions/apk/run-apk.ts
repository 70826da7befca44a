import { ReproError } from '../../errors.js';
import { usualPath } from '../../exec.js';
import type { Machine, RunResult } from '../../machines/machine.js';

export type Apk = (...argv: readonly string[]) => Promise<RunResult>;

/**
 * A machine's own apk, which takes what lies there and asks nobody for more. Throws where the machine has none.
 * https://gitlab.alpinelinux.org/alpine/apk-tools/-/blob/master/doc/apk.8.scd
 */
export async function apkOf({ shell, label }: Machine, signal?: AbortSignal): Promise<Apk> {
  if (!shell) throw new ReproError('not-ready', `There is no shell on ${label}, so nothing can be installed there.`);
  const environment = { PATH: usualPath, LC_ALL: 'C' };
  const run = (argv: readonly string[]) => shell.run(argv, { environment, ...(signal && { signal }) });
  const { exit } = await run(['sh', '-c', 'command -v apk']);
  if (exit.code !== 0) {
    throw new ReproError('not-ready', `apk, which installs its packages, is missing on ${label}`, {
      remedy: 'install it there, or build the environment beside it: --backend rootfs',
    });
  }
  const alone = ['--no-network', '--no-cache', '--no-progress', '--repositories-file', '/dev/null'];
  return (verb = '', ...argv) => run(['apk', verb, ...alone, ...argv]);
}

/** That it could not do something, with the last of what it said. */
export function apkFailure(what: string, { stdout, stderr }: RunResult, where: string): ReproError {
  const lines = `${stdout.toString('utf8')}${stderr.toString('utf8')}`.trim().split('\n').slice(-8).join('\n');
  return new ReproError('step-failed', `apk could not ${what} the packages:\n${lines}`, { where });
}

/** What it would do otherwise than `wanted`, as it says it: `(1/2) Purging spare (1-r0)`. */
export function otherDeeds({ stdout }: RunResult, wanted: (deed: string, name: string) => boolean): string[] {
  return stdout
    .toString('utf8')
    .split('\n')
    .flatMap((line) => {
      const [, text, deed = '', name = ''] = /^\(\s*\d+\/\d+\) ((\w+) (\S+).*)$/.exec(line) ?? [];
      return text === undefined || wanted(deed, name) ? [] : [text];
    });
}
