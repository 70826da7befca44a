import { expect, it } from 'vitest';
import type { ProgramOfRun, TracedProcess } from '../../../src/model/access.js';
import { pathFromText } from '../../../src/model/file-path.js';
import type { ManifestRun } from '../../../src/spec/document/schema.js';
import { makerOf } from '../../../src/spec/runs/makers.js';
import type { RecordedTrace } from '../../../src/spec/specification.js';

const path = pathFromText('/srv/data.csv');
const run = { id: 'fetch', command: ['./fetch.sh'] } as unknown as ManifestRun;

function traced(by: readonly ProgramOfRun[], ...commands: (readonly string[])[]): RecordedTrace {
  const processes = commands.map((argv, at): TracedProcess => ({ pid: at + 1, argv }));
  const access = { path, uses: ['written', 'created'], owner: { path, state: 'loose' }, by };
  return { accesses: [access], processes } as unknown as RecordedTrace;
}

it('is the program that is known for what it puts into files, whoever looked at the path before', () => {
  const trace = traced(
    [
      [0, 1],
      [1, 1],
    ],
    ['sh', './fetch.sh'],
    ['/usr/bin/curl', '-o', 'data.csv', 'https://example.org'],
  );
  expect(makerOf(run, trace, path)).toEqual(['/usr/bin/curl', '-o', 'data.csv', 'https://example.org']);
});

it('is else the first program that used the path, with its arguments as text', () => {
  const trace = traced([[1, 1]], ['sh'], ['awk', Buffer.from('d\u00e4ta').toString('latin1')]);
  expect(makerOf(run, trace, path)).toEqual(['awk', 'd\u00e4ta']);
});

it("is else the run's own command", () => {
  expect(makerOf(run, undefined, path)).toEqual(['./fetch.sh']);
  expect(makerOf(run, traced([]), pathFromText('/srv/other'))).toEqual(['./fetch.sh']);
});
