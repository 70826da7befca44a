import { describe, expect, it } from 'vitest';
import { debian } from '../../src/distributions/debian/index.js';
import type { FileEntry } from '../../src/model/file-entry.js';
import { type FilePath, pathFromText, showPath } from '../../src/model/file-path.js';
import type { ReplayStep, Step } from '../../src/model/plan.js';
import { gatherKnown } from '../../src/planning/envelope.js';
import { planManifest } from '../../src/planning/steps.js';
import { manifestSchema } from '../../src/spec/document/schema.js';

const hash = (digit: string) => digit.repeat(64);

async function planned(
  parts: Partial<Record<'files' | 'steps' | 'runs', unknown[]>>,
  snapshot: FileEntry[] = [],
  made: ReadonlyMap<string, ReadonlySet<FilePath>> = new Map(),
) {
  const base = { distribution: 'debian', release: '12', architecture: 'amd64' };
  const manifest = manifestSchema.parse({ version: 1, base, ...parts });
  async function* stream() {
    yield* snapshot;
  }
  const known = await gatherKnown(manifest, stream());
  const baseFolders = debian.base?.folders ?? new Set<FilePath>();
  return planManifest(manifest, { known, epoch: 1_700_000_000, baseFolders, made });
}

const entry = (path: string, changes: Partial<FileEntry> = {}): FileEntry => ({
  ...{ path: pathFromText(path), type: 'file', mode: 0o644, uid: 0, gid: 0, size: 1, mtime: 5 },
  ...changes,
});
const brief = (all: readonly Step[]) =>
  all.map((step) => `${step.kind} ${step.kind === 'replay' ? step.id : 'path' in step ? showPath(step.path) : ''}`);
const replayIn = (all: readonly Step[]) => all.find((step): step is ReplayStep => step.kind === 'replay');

describe('the steps of a manifest', () => {
  it('come after the files that they need, and before those that were put over what they make', async () => {
    const { steps } = await planned({
      files: [
        { path: '/srv/install.sh', sha256: hash('a'), carried: true },
        { path: '/opt/lab/own.conf', sha256: hash('b'), carried: true },
      ],
      steps: [
        {
          id: 'one',
          command: ['/srv/install.sh'],
          inputs: [{ path: '/srv/table', sha256: hash('c'), carried: true }],
          makes: [{ path: '/opt/lab', tree: { files: 1, size: 1 }, carried: true }],
        },
      ],
    });
    expect(brief(steps)).toStrictEqual([
      'write /srv/install.sh',
      'write /srv/table',
      'replay one',
      'directory /opt/lab',
      'write /opt/lab/own.conf',
    ]);
  });

  it('know what they are to leave: all that is in their folders, and what cannot be put back', async () => {
    const makes = [
      { path: '/opt/lab', tree: { files: 1, size: 1 }, carried: true },
      { path: '/opt/large', sha256: hash('e'), mode: '0600', carried: false },
    ];
    const snapshot = [
      entry('/opt/lab', { type: 'directory', mode: 0o755 }),
      entry('/opt/lab/tool', { hash: hash('d'), mode: 0o755 }),
      entry('/opt/lab/link', { type: 'symlink', target: 'tool' as FilePath }),
    ];
    const step = replayIn((await planned({ steps: [{ id: 'one', command: ['make'], makes }] }, snapshot)).steps);
    expect(step?.makes.map(({ entry: { kind, path }, kept }) => [kind, path, kept])).toStrictEqual([
      ['directory', '/opt/lab', true],
      ['link', '/opt/lab/link', true],
      ['write', '/opt/lab/tool', true],
      ['write', '/opt/large', false],
    ]);
  });

  it('make their folders themselves, those that runs work in too', async () => {
    const { steps } = await planned({
      steps: [
        {
          id: 'one',
          command: ['make'],
          cwd: '/srv',
          makes: [{ path: '/work', tree: { files: 0, size: 0 }, carried: true }],
        },
      ],
      runs: [{ id: 'run', command: ['x'], cwd: '/work/here' }],
    });
    expect(brief(steps)).toStrictEqual(['replay one']);
  });

  it('are not given what an earlier one makes', async () => {
    const { steps } = await planned({
      steps: [
        { id: 'one', command: ['a'], makes: [{ path: '/opt/stage', sha256: hash('a'), carried: true }] },
        { id: 'two', command: ['b'], inputs: [{ path: '/opt/stage', sha256: hash('a'), carried: true }] },
      ],
    });
    expect(brief(steps)).toStrictEqual(['replay one', 'replay two']);
  });

  it('leave to runs what these make: it is there for the steps only', async () => {
    const made = new Map([['make', new Set(['/srv/build', '/srv/build/tool'] as FilePath[])]]);
    const input = { path: '/srv/build/tool', sha256: hash('a'), mode: '0755', carried: true };
    const { steps } = await planned(
      {
        steps: [{ id: 'one', command: ['install'], inputs: [input] }],
        runs: [{ id: 'make', command: ['make'], cwd: '/srv', outputs: [{ path: '/srv/build/tool' }] }],
      },
      [],
      made,
    );
    expect(brief(steps)).toStrictEqual([
      'directory /srv/build',
      'write /srv/build/tool',
      'replay one',
      'remove /srv/build',
    ]);
    expect(steps[1]).toMatchObject({ mode: 0o755 });
  });

  it('download by the ladder what their hash names, the spec before any network', async () => {
    const download = 'https://example.org/files/data.csv';
    const { steps, artifacts } = await planned({
      steps: [{ id: 'data', download, path: '/srv/data.csv', sha256: hash('a'), owner: '5:6', carried: true }],
    });
    expect(brief(steps)).toStrictEqual(['write /srv/data.csv']);
    expect(steps[0]).toMatchObject({ content: hash('a'), mode: 0o644, uid: 5, gid: 6 });
    expect(artifacts).toMatchObject([
      {
        name: 'data',
        artifact: {
          name: 'data.csv',
          urls: [download],
          digest: { algorithm: 'sha256', value: hash('a') },
          content: hash('a'),
        },
      },
    ]);
  });

  it('copy what is there by then', async () => {
    const step = replayIn((await planned({ steps: [{ id: 'copy', copy: '/opt/a b', path: '/opt/c' }] })).steps);
    expect(step?.argv).toStrictEqual(['cp', '-pR', '--', '/opt/a b', '/opt/c']);
  });

  it('say when a masked secret keeps them from being done again', async () => {
    const step = replayIn((await planned({ steps: [{ id: 'one', command: ['a', '***'], masked: true }] })).steps);
    expect(step?.cannotRun).toBe('a secret was masked in its command');
  });
});
