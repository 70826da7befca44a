import { expect, it } from 'vitest';
import { assembleProof, type RerunReport } from '../../src/proof/proof.js';
import { renderProof } from '../../src/proof/report.js';
import { verifyTree } from '../../src/proof/verify.js';
import { file, folder, loose, owned, specOf, traceOf, tree } from './trees.js';

const program = file('/usr/bin/tool', 'program', { mode: 0o755 });
const base = tree(program, folder('/work'), file('/etc/ld.so.cache', 'a'));
const spec = specOf({
  origin: base,
  trace: traceOf([
    owned('/usr/bin/tool', ['executed']),
    owned('/etc/ld.so.cache', ['read'], { state: 'generated', rule: 'linker-cache', onCreate: 'regenerate' }),
    loose('/proc/self/maps', ['read']),
  ]),
});

const rerun: RerunReport = {
  run: 'tool',
  command: ['tool'],
  started: true,
  inputs: [],
  exit: { verdict: 'equal', expected: 'exit code 0', found: 'exit code 0' },
  outputs: [{ path: '/work/out', compare: 'bytes', verdict: 'varies', why: 'it varies on the origin too' }],
  accesses: { equal: 3, differences: [] },
  unproved: [],
  ok: true,
};

it('begins with the verdict, and says what was not compared', async () => {
  const proof = assembleProof(await verifyTree({ spec, entries: base }), [rerun]);
  expect(
    renderProof(proof),
  ).toBe(`Proved: 2 of 2 accessed paths are identical; the command did the same, but for 1 output that varies by itself.

Not compared: 1 path of the kernel or the engine.
The whole snapshot: 6 of 6 entries are identical, 0 are excused, 0 differ.

Run tool again:
  exit: the same, exit code 0
  output /work/out: varies: it varies on the origin too
  files used: 3 in the same way
`);
});

it('groups differences by cause, with what was expected and found', async () => {
  const entries = [...base.filter((entry) => entry !== program), { ...program, mode: 0o700 }];
  const text = renderProof(assembleProof(await verifyTree({ spec, entries })));
  expect(text.split('\n')[0]).toBe('Not proved: 1 of 2 accessed paths are identical (1 differ).');
  expect(text).toContain('/usr/bin/tool (tool 1.0-1): mode');
  expect(text).toContain('mode: expected 0755, found 0700');
});

it('names the rule that excuses a path', async () => {
  const entries = base.map((entry) => (entry.path === '/etc/ld.so.cache' ? file('/etc/ld.so.cache', 'b') : entry));
  const text = renderProof(assembleProof(await verifyTree({ spec, entries })));
  expect(text).toMatch(/^Proved: 1 of 2 accessed paths are identical \(1 excused by a published rule\)/);
  expect(text).toMatch(/\/etc\/ld\.so\.cache.*rule loader-cache/);
});

it('does not say that a run differs when only nothing is known of it', async () => {
  const outputs = [{ path: '/work/out', compare: 'bytes', verdict: 'unproved' as const, why: 'it varies' }];
  const text = renderProof(
    assembleProof(await verifyTree({ spec, entries: base }), [{ ...rerun, outputs, ok: false }]),
  );
  expect(text).toMatch(/^Not proved: 2 of 2 accessed paths are identical; tool could not be proved to give the same\./);
});

it('tells a reason once, and what differs before what is equal', async () => {
  const why = 'it ended before it wrote anything';
  const missing = ['a', 'b'].map((name) => ({ path: name, compare: 'bytes', verdict: 'missing' as const, why }));
  const equal = Array.from({ length: 40 }, (_, at) => ({ path: `${at}`, compare: 'bytes', verdict: 'equal' as const }));
  const outputs = [...equal, ...missing];
  const text = renderProof(
    assembleProof(await verifyTree({ spec, entries: base }), [{ ...rerun, outputs, ok: false }]),
  );
  expect(text).toContain(
    `  output a: missing: ${why}\n  output b: missing: for the same reason\n  outputs: 40 are equal\n`,
  );
});

it('counts the commands that gave the same, and names the others', async () => {
  const tree = await verifyTree({ spec, entries: base });
  const same = { ...rerun, outputs: [] };
  const first = (reruns: RerunReport[]) => renderProof(assembleProof(tree, reruns)).split('\n')[0];
  expect(first([same])).toMatch(/identical; the command gave the same result\.$/);
  expect(first([same, { ...same, run: 'plot' }])).toMatch(/identical; both commands gave the same result\.$/);
  expect(first([same, { ...rerun, run: 'plot' }, { ...same, run: 'serve', started: false, ok: false }])).toMatch(
    /; 1 of 3 commands gave the same result; plot did the same, but for 1 output .*; serve did not run again\.$/,
  );
});
