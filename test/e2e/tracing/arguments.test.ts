import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { events } from '../../../src/tracing/native/log-format.js';
import { needs, shared } from '../../support/needs.js';
import { type Layer, openWorkshop, type Workshop } from '../../support/tracing/native-tracer.js';

let workshop: Workshop;

const prepare = shared(async () => {
  workshop = await openWorkshop();
  writeFileSync(workshop.at('script'), '#!/bin/sh -e\n:\n');
  chmodSync(workshop.at('script'), 0o755);
});

beforeEach(needs({ programs: ['cc', '/usr/include/stdlib.h', '/usr/bin/python3'] }));
beforeEach(prepare);
afterAll(() => workshop?.[Symbol.dispose]());

/** Each of them twice, as what is known of a program from its first start may be used at its second. */
const starts = `import os
for each in ['/bin/true', '/bin/true', './script', './script']:
    for words, variables in [(['called', 'so', '', 'a\\xe9\\n'], {}), (['other'] + ['x' * 1000] * 100, {'A': '1', 'B': ''})]:
        if os.fork() == 0: os.execve(each, words, variables)
        os.wait()`;

describe.for<Layer>(['ptrace', 'notify'])('the %s layer', (layer) => {
  beforeEach((context) => context.skip(!workshop.layers.includes(layer), 'this kernel has no such layer'));

  it('tells arguments and variables as they were given, to programs and to scripts', async () => {
    const { code } = await workshop.trace(layer, ['/usr/bin/python3', '-c', starts]);
    expect(code).toBe(0);
    const log = readFileSync(workshop.at('log'), 'utf8').trimEnd().split('\n');
    const all = log.map((line) => events.parse(JSON.parse(line)));
    const variables = new Map(
      all.flatMap((event) => (event.event === 'environment' ? [[event.id, event.variables]] : [])),
    );
    const started = all.flatMap((event) =>
      event.event === 'exec' && event.errno === undefined && event.path !== '/usr/bin/python3'
        ? [[event.path, event.argv, variables.get(event.environment ?? '') ?? []]]
        : [],
    );
    const short = [['called', 'so', '', 'aÃ©\n'], []];
    const long = [
      ['other', ...Array(100).fill('x'.repeat(1000))],
      ['A=1', 'B='],
    ];
    const expected = ['/bin/true', '/bin/true', './script', './script'].flatMap((path) => [
      [path, ...short],
      [path, ...long],
    ]);
    expect(started).toEqual(expected);
  });
});
