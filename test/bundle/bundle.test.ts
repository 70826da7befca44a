import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '../../src/archives/store.js';
import { type BundleIndex, indexName, referenceTo } from '../../src/bundle/format.js';
import { isBundle, unpackBundle } from '../../src/bundle/read.js';
import { type Member, writeBundle } from '../../src/bundle/write.js';
import { tarEnd, tarHeader, tarPadding } from '../../src/filesystem/tar-writer.js';
import { sha256 } from '../../src/hash.js';
import { pathFromText } from '../../src/model/file-path.js';
import { silent } from '../../src/model/progress.js';
import { layoutOf } from '../../src/spec/folder/layout.js';
import { readStandIns } from '../../src/spec/folder/stand-ins.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bundle-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const artifact = 'what a package manager downloads';
const texts: Readonly<Record<string, string>> = {
  'environment.yml': 'version: 1\n',
  'environment.d/lock.json': '{}\n',
  [`artifacts/${sha256(artifact)}`]: artifact,
};

function members(): Member[] {
  return Object.entries(texts).map(([name, text]) => ({
    name,
    sha256: sha256(text),
    size: text.length,
    source: { text },
  }));
}

function indexOf(those: readonly Member[]): BundleIndex {
  const one = { distribution: 'debian', name: 'jq', version: '1.6', sha256: sha256(artifact), size: artifact.length };
  return {
    version: 1,
    epoch: 1_700_000_000,
    members: those.map(({ source: _, ...member }) => member),
    artifacts: [{ ...one, digest: { algorithm: 'sha256', value: sha256(artifact) } }],
    excluded: [],
  };
}

async function written(name = 'a.repro'): Promise<string> {
  const file = join(folder, name);
  await writeBundle(file, indexOf(members()), members(), { progress: silent });
  return file;
}

const unpacked = async (file: string, into = 'out') =>
  unpackBundle(file, { folder: join(folder, into), store: await openStore(join(folder, 'store')) });

it('gives back the spec in a folder and the artifacts in the store', async () => {
  const file = await written();
  await unpacked(file);
  expect(readFileSync(join(folder, 'out/environment.yml'), 'utf8')).toBe('version: 1\n');
  expect(readdirSync(join(folder, 'out')).sort()).toEqual(['environment.d', 'environment.yml']);
  const store = await openStore(join(folder, 'store'));
  expect(readFileSync(await store.locate(sha256(artifact)), 'utf8')).toBe(artifact);
});

const standIn = {
  ...{ distribution: 'python', name: 'tool', version: '1.0', sha256: sha256(artifact), size: artifact.length },
  ...{ for: sha256('tool 1.0'), rung: 'built', sameness: 'same-source', evidence: 'its source' },
} as const;

async function withStandIn(change: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const file = join(folder, 'stand-ins.repro');
  const index = { ...indexOf(members()), artifacts: [], standIns: [{ ...standIn, ...change }] };
  writeFileSync(file, tarOf(index, members()));
  return file;
}

it('notes what stands in for a package beside the spec, and nowhere else', async () => {
  await unpacked(await withStandIn());
  const { sha256: hash, rung, sameness, evidence } = standIn;
  const noted = await readStandIns(layoutOf(join(folder, 'out/environment.yml')));
  expect(noted).toEqual(new Map([[standIn.for, { sha256: hash, rung, sameness, evidence }]]));
  const store = await openStore(join(folder, 'store'));
  expect(readFileSync(await store.locate(hash), 'utf8')).toBe(artifact);
  expect(readdirSync(join(folder, 'store'))).not.toContain('stand-ins');
});

it.each([
  ['is the very package', { sameness: 'exact' }],
  ['is in the place of a file of the store', { for: '../../known/md5' }],
  ['has control characters in what is told of it', { evidence: '\u001b[2Jproved' }],
  ['has no hash', { sha256: undefined }],
  ['is of the same source and of another version', { instead: '9.9' }],
])('is refused where its index says that what stands in for a package %s', async (_what, change) => {
  await expect(unpacked(await withStandIn(change))).rejects.toThrow(/its index is not valid: standIns.0/);
});

it.each(['distribution', 'name', 'version', 'architecture', 'at'])(
  'is refused where its index has control characters in the %s of a package',
  async (field) => {
    const [one] = indexOf(members()).artifacts;
    const file = join(folder, 'hostile.repro');
    const index = { ...indexOf(members()), artifacts: [{ ...one, [field]: 'jq\ninstead of nothing' }] };
    writeFileSync(file, tarOf(index, members()));
    await expect(unpacked(file)).rejects.toThrow(/its index is not valid: artifacts.0/);
  },
);

it('names a place by its path as documents have it', () => {
  const at = pathFromText('/home/Élan\n/env');
  const planned = { distribution: 'python', name: 'tool', version: '1.0', at, used: true };
  expect(referenceTo({ ...planned, artifact: { name: 'tool', urls: [] } }).at).toBe('/home/Élan\\x0a/env');
});

it('is refused where what is noted beside an unpacked spec was changed into something else', async () => {
  await unpacked(await withStandIn());
  const layout = layoutOf(join(folder, 'out/environment.yml'));
  writeFileSync(join(layout.folder, 'stand-ins.json'), '{"../../known":{}}');
  await expect(readStandIns(layout)).rejects.toMatchObject({ kind: 'usage' });
});

it('has the same bytes whenever it is made of the same', async () => {
  expect(readFileSync(await written('b.repro')).equals(readFileSync(await written('a.repro')))).toBe(true);
});

it('leaves the artifacts in the bundle where no store is given', async () => {
  await unpackBundle(await written(), { folder: join(folder, 'out') });
  expect(readdirSync(join(folder, 'out')).sort()).toEqual(['environment.d', 'environment.yml']);
});

it('keeps what was there when a part is not what the lock says', async () => {
  const file = await written();
  const before = readFileSync(file);
  const changed = members().map((member) => ({ ...member, source: { text: 'other' } }));
  await expect(writeBundle(file, indexOf(changed), changed, { progress: silent })).rejects.toThrow(
    /is not what the lock says/,
  );
  expect(readFileSync(file).equals(before)).toBe(true);
  expect(readdirSync(folder)).toEqual(['a.repro']);
});

it('is told from other files by its first member', async () => {
  const spec = join(folder, 'environment.yml');
  writeFileSync(spec, 'version: 1\n');
  expect([
    await isBundle(await written()),
    await isBundle(spec),
    await isBundle(folder),
    await isBundle('/absent'),
  ]).toEqual([true, false, false, false]);
});

describe('a bundle that is not whole is refused', () => {
  it('wherever it was cut off', async () => {
    const bytes = readFileSync(await written());
    const end = bytes.length - 1024;
    const cut = join(folder, 'cut.repro');
    const cuts = [513, 700, 1200, end - 600, end - 513, end - 512];
    for (const [at, length] of cuts.entries()) {
      writeFileSync(cut, bytes.subarray(0, length));
      await expect(unpacked(cut, `out${at}`)).rejects.toThrow(/not a whole bundle: /);
    }
  });

  it('when a byte of any part was flipped', async () => {
    const bytes = readFileSync(await written());
    for (const text of [artifact, 'version: 1\n']) {
      const damaged = Buffer.from(bytes);
      const at = damaged.lastIndexOf(text);
      damaged[at] = (damaged[at] ?? 0) ^ 1;
      const file = join(folder, 'damaged.repro');
      writeFileSync(file, damaged);
      await expect(unpacked(file, `out-${text.length}`)).rejects.toThrow(/is damaged/);
    }
    expect(readdirSync(join(folder, 'store')).filter((name) => name.length === 2)).toEqual([]);
  });

  it.each([
    ['a name outside of the folder', 'environment.d/../../evil'],
    ['a name that no spec has', 'environment.d/evil'],
    ['an absolute name', '/etc/passwd'],
  ])('when its index lists %s', async (_what, name) => {
    const [first, ...rest] = members();
    const those = [{ ...(first as Member), name }, ...rest];
    const file = join(folder, 'evil.repro');
    writeFileSync(file, tarOf({ ...indexOf(those) }, those));
    await expect(unpacked(file)).rejects.toThrow(/not a whole bundle: its index is not valid/);
  });

  it('when it has a member that its index does not list, or a link for a file', async () => {
    const file = join(folder, 'more.repro');
    writeFileSync(file, tarOf(indexOf(members().slice(0, 2)), members()));
    await expect(unpacked(file)).rejects.toThrow(/is not what its index lists/);
    writeFileSync(file, tarOf(indexOf(members()), members(), 'symlink'));
    await expect(unpacked(file, 'other')).rejects.toThrow(/is not what its index lists/);
  });

  it('when a newer reproman made it, with the remedy to update', async () => {
    const file = join(folder, 'new.repro');
    writeFileSync(file, tarOf({ ...indexOf(members()), version: 2 }, members()));
    await expect(unpacked(file)).rejects.toThrow(/version 2 of the bundle needs a newer reproman/);
  });
});

/** A bundle as anybody might lay one out. */
function tarOf(index: unknown, those: readonly Member[], type: 'file' | 'symlink' = 'file'): Buffer {
  const owner = { mode: 0o644, uid: 0, gid: 0, mtime: 0 };
  const text = JSON.stringify(index);
  const one = (name: string, content: string, as: 'file' | 'symlink') => {
    const size = as === 'file' ? content.length : 0;
    const header = tarHeader({ name, type: as, size, target: '/etc/passwd', ...owner });
    return as === 'file' ? Buffer.concat([header, Buffer.from(content), tarPadding(size)]) : header;
  };
  const parts = those.map(({ name, source }) => one(name, 'text' in source ? source.text : '', type));
  return Buffer.concat([one(indexName, text, 'file'), ...parts, tarEnd()]);
}
