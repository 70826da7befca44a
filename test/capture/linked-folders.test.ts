import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { capture } from '../../src/capture/capture.js';
import { hashOutputs } from '../../src/capture/repeats.js';
import type { CaptureOptions } from '../../src/capture/request.js';
import { sha256 } from '../../src/hash.js';
import type { Trace } from '../../src/model/access.js';
import { pathFromText, showPath } from '../../src/model/file-path.js';
import { readSpecification } from '../../src/spec/read.js';
import { access, accessThrough, type FixtureRoot, fixtureRoot, traceOf } from './fixture-root.js';

let root: FixtureRoot;
let output: string;

beforeEach(async () => {
  root = await fixtureRoot();
  output = join(root.folder, '..', 'environment.yml');
  await root.link('/home', '/gpfs/home');
});

afterEach(() => root[Symbol.asyncDispose]());

async function captured(trace: Trace, options: CaptureOptions = {}) {
  const summary = await capture({
    ...{ traces: [trace], machine: root.machine, output },
    options: { repack: 'none', ...options },
  });
  const spec = await readSpecification(output);
  const inSnapshot: string[] = [];
  for await (const { path } of spec.snapshot()) inSnapshot.push(showPath(path));
  const files = new Map(spec.manifest.files.map((file) => [file.path, file]));
  return { summary, spec, files, inSnapshot };
}

describe('a home that a link leads to', () => {
  it.each([
    ['below /home', '/home/ada', '/gpfs/home/ada'],
    ['with a slash at its end', '/people/ada/', '/data/ada'],
    ['of a name that is not ASCII', '/people/zoë', '/data/zoë'],
  ])('keeps its private settings, %s', async (_, home, place) => {
    await root.link('/people', '/data');
    await root.file(`${place}/.config/tool.conf`, 'token=1\n', 0o600);
    const asked = `${home.replace(/\/$/, '')}/.config/tool.conf`;
    const { summary, spec, inSnapshot } = await captured(
      traceOf([accessThrough(asked, `${place}/.config/tool.conf`, 'read')], { environment: { HOME: home } }),
    );
    expect(summary.leftOut).toMatchObject([{ path: `${place}/.config/tool.conf`, rule: 'private' }]);
    expect(await spec.contents.has(sha256('token=1\n'))).toBe(false);
    expect(inSnapshot).not.toContain(`${place}/.config/tool.conf`);
  });

  it('is never the tree of a tool, nor is the folder that the run worked in', async () => {
    for (const folder of ['/gpfs/home/ada', '/gpfs/scratch/job']) {
      await root.file(`${folder}/bin/tool`, '\x7fELF...', 0o755);
      await root.file(`${folder}/lib/unused.txt`, 'unused');
    }
    await root.link('/scratch', '/gpfs/scratch');
    const used = [
      accessThrough('/home/ada/bin/tool', '/gpfs/home/ada/bin/tool', 'executed'),
      accessThrough('/scratch/job/bin/tool', '/gpfs/scratch/job/bin/tool', 'executed'),
    ];
    const { files, spec } = await captured(traceOf(used, { cwd: pathFromText('/scratch/job') }));
    expect([...files.keys()]).toEqual(['/gpfs/home/ada/bin/tool', '/gpfs/scratch/job/bin/tool', '/home', '/scratch']);
    expect(await spec.contents.has(sha256('unused'))).toBe(false);
  });
});

describe('what the user names through a link', () => {
  it('is carried although a rule would leave it out', async () => {
    await root.file('/gpfs/home/ada/.netrc', 'machine a\n', 0o600);
    const { summary, files } = await captured(
      traceOf([accessThrough('/home/ada/.netrc', '/gpfs/home/ada/.netrc', 'read')]),
      { carry: [pathFromText('/home/ada/.netrc')] },
    );
    expect(summary.leftOut).toEqual([]);
    expect([...files]).toMatchObject([
      ['/gpfs/home/ada/.netrc', { mode: '0600', carried: true }],
      ['/home', { target: '/gpfs/home' }],
    ]);
  });

  it('is in the spec as a file also where it is data that no run used', async () => {
    await root.file('/gpfs/home/ada/table.csv', 'a,b\n1,2\n');
    const { files } = await captured(traceOf([]), { carry: [pathFromText('/gpfs/home/ada/table.csv')] });
    expect([...files]).toMatchObject([['/gpfs/home/ada/table.csv', { carried: true, sha256: sha256('a,b\n1,2\n') }]]);
  });

  it('is carried where it lies, with the links that lead there, used or not', async () => {
    await root.file('/gpfs/models/1.2/weights', 'weights');
    await root.link('/gpfs/models/current', '1.2');
    await root.file('/gpfs/home/ada/extra.sh', 'extra');
    const carry = ['/gpfs/models/current', '/home/ada/extra.sh', '/home/ada/none'].map((path) => pathFromText(path));
    const { summary, files, inSnapshot } = await captured(traceOf([]), { carry });
    expect([...files]).toMatchObject([
      ['/gpfs/home/ada/extra.sh', { carried: true, sha256: sha256('extra') }],
      ['/gpfs/models/1.2', { carried: true, tree: { files: 1 } }],
      ['/gpfs/models/current', { carried: true, target: '1.2' }],
      ['/home', { carried: true, target: '/gpfs/home' }],
    ]);
    expect(inSnapshot).toEqual(expect.arrayContaining(['/gpfs/models/current', '/gpfs/models/1.2/weights', '/home']));
    expect(summary.notes).toContain('/home/ada/none is to be carried, and is not there.');
  });

  it("does not carry the links of the system's own that lead there", async () => {
    await root.file('/usr/lib/own.so', 'own');
    const { files } = await captured(traceOf([]), { carry: [pathFromText('/lib/own.so')] });
    expect([...files.keys()]).toEqual(['/usr/lib/own.so']);
  });
});

describe('an output that varies', () => {
  it.each([
    ['by its own name', '/gpfs/home/ada/out.txt'],
    ['through a linked folder', '/home/ada/out.txt'],
    ['through a link to it', '/srv/newest'],
  ])('has the hash and the size of what the first run left, written %s', async (_, path) => {
    const place = '/gpfs/home/ada/out.txt';
    await root.link('/srv/newest', place);
    const write =
      path === place ? access(path, 'written', 'created') : accessThrough(path, place, 'written', 'created');
    const traces = [traceOf([write]), traceOf([write])];
    const outputHashes = [];
    for (const [run, trace] of traces.entries()) {
      await root.file(place, `${'x'.repeat(run * 10)}\n`);
      outputHashes.push(await hashOutputs(trace, root.machine));
    }
    await capture({ traces, outputHashes, machine: root.machine, output, options: { repack: 'none' } });
    const { manifest } = await readSpecification(output);
    expect(manifest.runs[0]?.outputs).toEqual([{ path: place, sha256: sha256('\n'), size: 1, varies: true }]);
  });
});
