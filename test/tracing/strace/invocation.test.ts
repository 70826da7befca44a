import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { pathFromText } from '../../../src/model/file-path.js';
import { straceArguments } from '../../../src/tracing/strace/invocation.js';

describe('straceArguments', () => {
  const log = pathFromText('/log');
  const settings = (environment: Record<string, string>) => {
    const args = straceArguments(log, environment);
    return args.flatMap((each, at) => (args[at - 1] === '-E' ? [each] : []));
  };

  it('takes away what a shell on the way exports of itself', () => {
    const exported = execFileSync('/bin/sh', ['-c', 'exec env'], { env: {} }).toString().trim().split('\n');
    const names = exported.map((line) => line.split('=')[0]);
    expect(names).toContain('PWD');
    expect(settings({})).toEqual(expect.arrayContaining(names));
  });

  it('gives the command the values of the caller', () => {
    expect(settings({ PWD: '/srv/link', SHLVL: '3' })).toEqual(['OLDPWD', 'PWD=/srv/link', 'SHLVL=3', '_']);
  });
});
