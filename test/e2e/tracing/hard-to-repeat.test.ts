import { beforeEach, describe, expect, it } from 'vitest';
import { localMachine } from '../../../src/machines/local.js';
import { pathFromText } from '../../../src/model/file-path.js';
import { type TracerName, tracers } from '../../../src/tracing/registry.js';
import { needs } from '../../support/needs.js';

beforeEach(needs({ programs: ['strace', 'cc', '/usr/bin/python3'] }));

describe('a run that is hard to repeat', () => {
  it.each<[TracerName, string[]]>([
    ['native', ['random numbers (drawn by python3, /dev/urandom)', 'what hardware this is (/proc/cpuinfo)']],
    ['strace', ['random numbers (/dev/urandom)', 'what hardware this is (/proc/cpuinfo)']],
  ])('is told so by the %s tracer, in the words of its user', async (name, expected) => {
    const script = "import os; os.getrandom(16); open('/dev/urandom', 'rb', 0).read(1); open('/proc/cpuinfo').read()";
    const notes = await notesOf(name, ['/usr/bin/python3', '-c', script]);
    expect(notes).toEqual(expected.map((kind) => expect.stringContaining(`Hard to repeat: ${kind}; `)));
  });

  it('is none that only allocates memory', async () => {
    expect(await notesOf('native', ['sort', '/etc/passwd'])).toEqual([]);
  });
});

async function notesOf(name: TracerName, argv: readonly string[]): Promise<readonly string[]> {
  await using machine = await localMachine();
  const tracer = await tracers[name]();
  const options = { machine, cwd: pathFromText('/'), environment: { PATH: '/usr/bin:/bin', PYTHONHASHSEED: '1' } };
  return (await tracer.trace(argv, { ...options, streams: { stdin: 'ignore', stdout: 'ignore' } })).notes;
}
