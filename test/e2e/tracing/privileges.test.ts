import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { needs, shared } from '../../support/needs.js';
import { must, run } from '../../support/run.js';
import { nativeFacts } from '../../support/tracing/native-facts.js';
import { type Layer, openWorkshop, type Workshop } from '../../support/tracing/native-tracer.js';

// Whoever may run a command may trace it: less and less is allowed here, down to nothing.

const image = `reproman-test-tracer-${process.pid}`;
const capabilities = ['--bounding-set=-all', '--inh-caps=-all', '--ambient-caps=-all'];
const nobody = ['--reuid=65534', '--regid=65534', '--clear-groups'];

let workshop: Workshop;

const prepare = shared(async () => {
  workshop = await openWorkshop('-static');
  chmodSync(workshop.folder, 0o755);
  mkdirSync(workshop.at('shared'));
  chmodSync(workshop.at('shared'), 0o1777);
});

beforeEach(needs({ root: true, programs: ['cc', '/usr/include/stdlib.h', 'busybox', 'setpriv'] }));
beforeEach(prepare);
afterAll(async () => {
  await run(['docker', 'rmi', image]);
  workshop?.[Symbol.dispose]();
});

const ways: readonly (readonly [string, readonly string[]])[] = [
  ['root', []],
  ['an ordinary user', nobody],
  ['root without capabilities', capabilities],
  ['an ordinary user without new privileges', [...nobody, '--no-new-privs']],
];

const containers: readonly (readonly [string, readonly string[]])[] = [
  ['root', []],
  ['a user', ['--user', '1000:1000']],
  ['root without capabilities', ['--cap-drop', 'ALL']],
  [
    'a user without capabilities and new privileges',
    ['--user', '1000:1000', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'],
  ],
];

describe.for<Layer>(['ptrace', 'notify'])('the %s layer', (layer) => {
  beforeEach((context) => context.skip(!workshop.layers.includes(layer), 'this kernel has no such layer'));

  it.for(ways)('traces as %s', async ([name, options]) => {
    const log = workshop.at(`shared/${layer}-${name.replaceAll(' ', '-')}`);
    const argv = [
      'setpriv',
      ...options,
      '--',
      workshop.tracer,
      '--log',
      log,
      '--layer',
      layer,
      '--',
      ...command('busybox'),
    ];
    await expectWhole(await run(argv), log);
  });

  describe('in a container', () => {
    beforeEach(async (context) => {
      await needs({ docker: true })(context);
      await imported();
    });

    it.for(containers)('traces as %s', async ([name, options]) => {
      const log = `shared/in-docker-${layer}-${name.replaceAll(' ', '-')}`;
      const own = ['/t/tracer', '--log', `/t/${log}`, '--layer', layer, '--', ...command('/bin/busybox')];
      const argv = [
        'docker',
        'run',
        '--rm',
        '--network=none',
        '-v',
        `${workshop.folder}:/t`,
        ...options,
        image,
        ...own,
      ];
      await expectWhole(await run(argv), workshop.at(log));
    });
  });
});

/** Reads, writes, is refused, finds nothing, starts others, and ends in its own way. */
function command(busybox: string): readonly string[] {
  return [
    busybox,
    'sh',
    '-c',
    `${busybox} cat /etc/passwd > /dev/null; ${busybox} cat /absent; ${busybox} true & wait; exit 5`,
  ];
}

async function expectWhole(result: { code: number | undefined; stderr: string }, log: string): Promise<void> {
  expect(result).toMatchObject({ code: 5, stderr: expect.stringMatching(/^cat: can't open '\/absent'.*\n$/) });
  const { facts, isWhole } = nativeFacts(await readFile(log, 'latin1'));
  expect(isWhole).toBe(true);
  const ended = [...facts.all].filter((fact) => fact.startsWith('end ')).map((fact) => fact.split(' ')[1]);
  expect(ended.sort()).toEqual(['0', '1', '5']);
  expect([...facts.all]).toEqual(expect.arrayContaining(['read /etc/passwd', 'open ENOENT /absent']));
}

/** An image with nothing in it but busybox. */
const imported = shared(async () => {
  const root = workshop.at('root');
  for (const folder of ['bin', 'etc', 'dev']) mkdirSync(`${root}/${folder}`, { recursive: true });
  writeFileSync(`${root}/etc/passwd`, 'root:x:0:0::/:/bin/sh\n');
  await must(['cp', '/bin/busybox', `${root}/bin/busybox`]);
  await must(['sh', '-c', 'tar -C "$0" -c . | docker import - "$1"', root, image]);
});
