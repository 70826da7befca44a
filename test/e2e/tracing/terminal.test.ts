import { chmodSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { needs, shared } from '../../support/needs.js';
import { must } from '../../support/run.js';

// A user at a terminal: what is on the screen is the same with and without the trace.

const driver = fileURLToPath(new URL('driver.ts', import.meta.url));
const terminal = fileURLToPath(new URL('../../fixtures/tracing/terminal.py', import.meta.url));
const program = [process.execPath, '--import', import.meta.resolve('tsx'), driver];
const prompt = 'prompt> ';

type Step = readonly [text: string, action: string | readonly [rows: number, columns: number]];

let folder: string;

const prepare = shared(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'terminal-')));
  for (const [name, script] of Object.entries(scripts)) {
    writeFileSync(join(folder, name), `#!/bin/bash\n${script}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  // The trace has a name of its own, so that what is typed is as long as without it.
  const traced = program.map((word) => `'${word}'`).join(' ');
  writeFileSync(join(folder, 'with-trace'), `#!/bin/sh\nexec ${traced} result "$@"\n`);
  writeFileSync(join(folder, 'sans-trace'), `#!/bin/sh\nexec "$@"\n`);
  for (const name of ['with-trace', 'sans-trace']) chmodSync(join(folder, name), 0o755);
});

beforeEach(needs({ programs: ['bash', '/usr/bin/python3', 'cc', '/usr/include/stdlib.h'] }));
beforeEach(prepare);
afterAll(() => folder && rmSync(folder, { recursive: true, force: true }));

const scripts = {
  interrupted: `trap 'echo interrupted; exit 8' INT; echo ready; while :; do sleep 0.05; done`,
  deaf: `trap '' INT; echo ready; read -r line; echo "got $line"; exit 3`,
  // bash forgets a Ctrl-C that comes between its fork and the exec of what it starts; the plain shell does not.
  killed: `exec sh -c 'echo ready; sleep 60; exit 9'`,
  stopped: `trap 'echo goes on; exit 4' CONT; echo ready; while :; do sleep 0.05; done`,
  sized: `trap 'stty size; exit 5' WINCH; stty size; echo ready; while :; do sleep 0.05; done`,
  // bash itself does not hear Ctrl-\\, the shell that it becomes does.
  quit: `ulimit -c 0; exec sh -c 'echo ready; exec sleep 60'`,
} as const;

describe.for(['native', 'strace'])('at a terminal, under the %s tracer', (tracer) => {
  it.for<[string, string, readonly Step[]]>([
    ['hands Ctrl-C on once', 'interrupted', [['ready', '\u0003']]],
    [
      'lets a command not hear Ctrl-C',
      'deaf',
      [
        ['ready', '\u0003'],
        ['^C', 'on\n'],
      ],
    ],
    [
      'stops by Ctrl-Z and goes on in the foreground',
      'stopped',
      [
        ['ready', '\u001a'],
        [prompt, 'fg\n'],
      ],
    ],
    ['tells a new size of the window', 'sized', [['ready', [40, 100]]]],
  ])('%s', async ([, script, steps]) => {
    expect(await screen('with-trace', script, steps, tracer)).toBe(await screen('sans-trace', script, steps, tracer));
  });

  // A signal that ends the command is told as env(1) tells it, by the code: the shell then has nothing to say of its own.
  it.for<[string, string, string]>([
    ['Ctrl-C', 'killed', '\u0003'],
    ['Ctrl-\\', 'quit', '\u001c'],
  ])('ends by %s with the code that the shell makes of it', async ([, script, key]) => {
    const code = async (way: string) => /^code (\d+)/m.exec(await screen(way, script, [['ready', key]], tracer))?.[1];
    expect(await code('with-trace')).toBe(await code('sans-trace'));
  });
});

async function screen(way: string, script: string, steps: readonly Step[], tracer: string): Promise<string> {
  const played: readonly Step[] = [
    [prompt, `./${way} ./${script}\n`],
    ...steps,
    [prompt, 'echo "code $?"\n'],
    ['\ncode ', ''],
    [prompt, 'exit\n'],
  ];
  const shell = ['bash', '--norc', '--noprofile', '-i'];
  const env = { PATH: process.env['PATH'] ?? '', PS1: prompt, HISTFILE: '', REPROMAN_TRACER: tracer };
  const shown = await must(['/usr/bin/python3', terminal, JSON.stringify(played), ...shell], { cwd: folder, env });
  return shown.replaceAll(way, 'WAY');
}
