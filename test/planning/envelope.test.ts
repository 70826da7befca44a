import { describe, expect, it } from 'vitest';
import { apk } from '../../src/distributions/apk/index.js';
import { debian } from '../../src/distributions/debian/index.js';
import type { FileEntry } from '../../src/model/file-entry.js';
import { type FilePath, pathFromText, showPath } from '../../src/model/file-path.js';
import type { Step } from '../../src/model/plan.js';
import { envelopeSteps, gatherKnown, unplaceable } from '../../src/planning/envelope.js';
import type { KnownEntries } from '../../src/planning/placement.js';
import { type Manifest, manifestSchema } from '../../src/spec/document/schema.js';

const epoch = 1_700_000_000;
const baseFolders = debian.base?.folders ?? new Set<FilePath>();
const contextOf = (known: KnownEntries) => ({ known, epoch, baseFolders });
const hash = (digit: string) => digit.repeat(64);

function manifest(parts: Partial<Record<'absent' | 'files' | 'runs', unknown[]>>): Manifest {
  const base = { distribution: 'debian', release: '12', architecture: 'amd64' };
  return manifestSchema.parse({ version: 1, base, ...parts });
}

function entry(path: string, changes: Partial<FileEntry> = {}): FileEntry {
  return { path: pathFromText(path), type: 'file', mode: 0o644, uid: 0, gid: 0, size: 1, mtime: 5, ...changes };
}

async function steps(wanted: Manifest, snapshot: FileEntry[] = []): Promise<Step[]> {
  async function* stream() {
    yield* snapshot;
  }
  return envelopeSteps(wanted, contextOf(await gatherKnown(wanted, stream())));
}

const brief = (all: Step[]) => all.map((step) => `${step.kind} ${'path' in step ? showPath(step.path) : ''}`);

describe('envelope', () => {
  it('puts a carried file in place as it was, with the folders above it', async () => {
    const wanted = manifest({ files: [{ path: '/opt/tool/run.sh', sha256: hash('a'), carried: true }] });
    const found = await steps(wanted, [
      entry('/opt/tool', { type: 'directory', mode: 0o2775, gid: 50 }),
      entry('/opt/tool/run.sh', { mode: 0o755, uid: 7, mtime: 9 }),
    ]);
    expect(brief(found)).toStrictEqual(['directory /opt/tool', 'write /opt/tool/run.sh']);
    expect(found[0]).toMatchObject({ mode: 0o2775, gid: 50, mtime: 5 });
    expect(found[1]).toMatchObject({ mode: 0o755, uid: 7, mtime: 9, content: hash('a') });
  });

  it('removes what packages bring and the environment does not have, before anything is put in its place', async () => {
    const files = [{ path: '/etc/tool/own.conf', sha256: hash('a'), carried: true }];
    const found = await steps(manifest({ absent: [{ path: '/etc/tool', why: 'people removed it' }], files }));
    expect(brief(found)).toStrictEqual(['remove /etc/tool', 'directory /etc/tool', 'write /etc/tool/own.conf']);
    expect(found[0]).toMatchObject({ reason: 'people removed it' });
  });

  it('puts nothing where every start has an empty folder in memory, and names what that is', async () => {
    const paths = ['/dev/shm/run.sh', '/run/tool/run.sh', '/srv/run.sh'];
    const wanted = manifest({ files: paths.map((path) => ({ path, sha256: hash('a'), carried: true })) });
    expect(brief(await steps(wanted))).toStrictEqual(['write /srv/run.sh']);
    expect(unplaceable(wanted)).toStrictEqual(paths.slice(0, 2));
  });

  it('leaves files that are not carried where they are', async () => {
    const files = [{ path: '/data/big.csv', sha256: hash('b'), carried: false, why: 'a data input' }];
    expect(await steps(manifest({ files }))).toStrictEqual([]);
  });

  it('goes through the links of the traced machine and makes what they lead to', async () => {
    const files = [
      { path: '/data/x', sha256: hash('a'), carried: true },
      { path: '/bin/mine', sha256: hash('b'), carried: true },
    ];
    const found = await steps(manifest({ files }), [
      entry('/bin', { type: 'symlink', target: 'usr/bin' as FilePath }),
      entry('/data', { type: 'symlink', target: 'mnt/disk/../big' as FilePath }),
    ]);
    expect(brief(found)).toStrictEqual(['directory /mnt/big', 'link /data', 'write /mnt/big/x', 'write /usr/bin/mine']);
  });

  it('leaves be what the base itself makes, whichever that is', async () => {
    const wanted = manifest({
      files: ['/usr/games/x', '/usr/bin/y'].map((path) => ({ path, sha256: hash('a'), carried: true })),
    });
    const known = await gatherKnown(wanted, (async function* () {})());
    expect(brief(envelopeSteps(wanted, contextOf(known)))).toStrictEqual(['write /usr/bin/y', 'write /usr/games/x']);
    const onAlpine = { ...contextOf(known), baseFolders: apk.base?.folders ?? new Set<FilePath>() };
    const made = ['directory /usr/games', 'write /usr/bin/y', 'write /usr/games/x'];
    expect(brief(envelopeSteps(wanted, onAlpine))).toStrictEqual(made);
  });

  it('goes up from where a link leads, not from where it lies', async () => {
    const files = [{ path: '/data/x', sha256: hash('a'), carried: true }];
    const found = await steps(manifest({ files }), [
      entry('/data', { type: 'symlink', target: 'way/../big' as FilePath }),
      entry('/way', { type: 'symlink', target: 'srv/disk/one' as FilePath }),
    ]);
    expect(brief(found).filter((step) => !step.startsWith('link'))).toStrictEqual([
      ...['directory /srv/disk', 'directory /srv/disk/big', 'write /srv/disk/big/x'],
    ]);
  });

  it('stops at links that lead in a circle', async () => {
    const files = [{ path: '/a/x', sha256: hash('a'), carried: true }];
    const circle = [
      entry('/a', { type: 'symlink', target: 'b' as FilePath }),
      entry('/b', { type: 'symlink', target: 'a' as FilePath }),
    ];
    await expect(steps(manifest({ files }), circle)).rejects.toThrow('circle');
  });

  it('leaves to packages what they bring into a carried tree', async () => {
    const wanted = manifest({ files: [{ path: '/opt/py', tree: { files: 1, size: 1 }, carried: true }] });
    async function* snapshot() {
      yield entry('/opt/py/own', { hash: hash('a') });
      yield entry('/opt/py/packaged', { hash: hash('b') });
    }
    const known = await gatherKnown(wanted, snapshot(), (found) => found === hash('a'));
    const writes = envelopeSteps(wanted, contextOf(known)).filter(({ kind }) => kind === 'write');
    expect(brief(writes)).toStrictEqual(['write /opt/py/own']);
  });

  it('carries a tree with its folders, links and odd names', async () => {
    const files = [{ path: '/opt/py', tree: { files: 1, size: 1 }, carried: true }];
    const found = await steps(manifest({ files }), [
      entry('/opt/py', { type: 'directory', mode: 0o755 }),
      { ...entry('/opt/py/x'), path: '/opt/py/\xff' as FilePath, hash: hash('c') },
      entry('/opt/py/link', { type: 'symlink', target: '../else' as FilePath }),
      entry('/opt/pyother', { hash: hash('d') }),
    ]);
    expect(brief(found)).toStrictEqual(['directory /opt/py', 'link /opt/py/link', 'write /opt/py/\\xff']);
  });

  it("makes the working directory and the outputs' folders for who ran the command", async () => {
    const run = {
      id: 'one',
      command: ['true'],
      cwd: '/home/me/work',
      user: { uid: 1000, gid: 1000, groups: [27] },
      outputs: [{ path: '/tmp/out.txt' }, { path: '/home/me/work/out/a' }, { path: '/dev/null' }],
    };
    const found = await steps(manifest({ runs: [run] }));
    expect(brief(found)).toStrictEqual([
      'directory /home/me',
      'directory /home/me/work',
      'directory /home/me/work/out',
    ]);
    expect(found.map((step) => ('uid' in step ? step.uid : undefined))).toStrictEqual([0, 1000, 1000]);
  });

  it('leaves a working directory to an earlier run that makes it', async () => {
    const run = { id: 'build', command: ['make'], cwd: '/w/clone/src', outputs: [{ path: '/w/clone/src/a.o' }] };
    const made = new Map([['build', new Set(['/w/clone', '/w/clone/src'] as FilePath[])]]);
    const wanted = manifest({ runs: [run] });
    expect(brief(envelopeSteps(wanted, { ...contextOf(new Map()), made }))).toStrictEqual(['directory /w']);
  });

  it('leaves the folders that a run makes to the run', async () => {
    const run = {
      id: 'one',
      command: ['git'],
      cwd: '/w',
      outputs: [{ path: '/w/clone/.git/HEAD' }, { path: '/w/out/a' }],
    };
    const wanted = manifest({ runs: [run] });
    const made = new Map([['one', new Set(['/w/clone', '/w/clone/.git'].map(pathFromText))]]);
    expect(brief(envelopeSteps(wanted, { ...contextOf(new Map()), made }))).toStrictEqual([
      'directory /w',
      'directory /w/out',
    ]);
  });

  it('carries the inputs that were asked for', async () => {
    const inputs = [
      { path: '/data/in.json', sha256: hash('a'), carried: true },
      { path: '/data/other', sha256: hash('b') },
    ];
    const found = await steps(manifest({ runs: [{ id: 'one', command: ['true'], cwd: '/', inputs }] }));
    expect(brief(found)).toStrictEqual(['directory /data', 'write /data/in.json']);
  });
});
