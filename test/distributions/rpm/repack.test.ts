import { execFileSync } from 'node:child_process';
import { appendFile, mkdtemp, readFile, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '../../../src/archives/store.js';
import { parseDatabase } from '../../../src/distributions/rpm/database.js';
import { extractRpm } from '../../../src/distributions/rpm/extract.js';
import { type Repacked, repackAll } from '../../../src/distributions/rpm/repack.js';
import { directoryMachine } from '../../../src/machines/directory.js';
import type { FilePath } from '../../../src/model/file-path.js';
import { needs } from '../../support/needs.js';
import { type BuiltRpms, buildRpms, rpmIn } from '../../support/rpm.js';
import { must } from '../../support/run.js';

beforeEach(needs({ root: true, programs: ['rpm', 'rpmbuild', 'rpm2cpio'] }));

let folder: string;
let built: BuiltRpms | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rpm-repack-'));
});
afterEach(async () => {
  await built?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const source = {
  name: 'things',
  version: '1-1',
  files: {
    '/etc/things.conf': 'setting=1\n',
    '/etc/things.key': 'empty\n',
    '/usr/bin/things': '#!/bin/sh\necho things\n',
    '/usr/bin/link': '-> things',
    '/usr/bin/twin': '=> /usr/bin/things',
    '/usr/share/things': '/',
    '/usr/share/things/empty': '',
    '/usr/share/things/large': 'line\n'.repeat(100_000),
  },
  attributes: { '/etc/things.conf': '%config', '/usr/share/things': '%attr(2770,root,nobody)' },
  scripts: '%post\n:\n',
} as const;

/** Installs the package in a root, lets a test change it, and repacks it. */
async function repacked(
  payload: string,
  change?: (root: string) => Promise<void>,
): Promise<Repacked & { file: string }> {
  built = await buildRpms([source], { payload });
  const root = join(folder, 'root');
  await must(['mkdir', '-p', join(root, 'etc')]);
  await must([...rpmIn(root), '--install', '--nodeps', '--noscripts', ...built.paths]);
  await change?.(root);
  await using machine = await directoryMachine(root);
  const database = await parseDatabase((path) => machine.files.read(path).catch(() => undefined));
  const contents = await openStore(join(folder, 'store'));
  const mayCarry = (path: FilePath) => !path.endsWith('.key');
  for await (const [, result] of repackAll(database?.packages ?? [], { machine, contents, mayCarry })) {
    return { ...result, file: await contents.locate(result.hash ?? '') };
  }
  throw new Error('there was no package');
}

function payloadOf(file: string): string {
  return execFileSync('sh', ['-c', 'rpm2cpio "$1" | sha256sum', 'sh', file], { encoding: 'utf8' });
}

describe('a package that is repacked from its installed files', () => {
  it.each(['w2.gzdio', 'w2.zstdio', 'w2.xzdio'])(
    'has the same header and payload where that is %s',
    async (payload) => {
      const { isExact, problems, changed, missing, file } = await repacked(payload);
      expect({ isExact, problems, changed, missing }).toEqual({
        isExact: true,
        problems: [],
        changed: [],
        missing: [],
      });
      expect(payloadOf(file)).toBe(payloadOf(built?.paths[0] ?? ''));
      const query = ['rpm', '-qp', '--qf', '%{sha256header} %{nevra} %{postin} [%{filenames} %{filedigests} ]'];
      expect(await must([...query, file])).toBe(await must([...query, built?.paths[0] ?? '']));
    },
  );

  it('says what is not as it was, and carries that beside it', async () => {
    const result = await repacked('w2.gzdio', async (root) => {
      await writeFile(join(root, 'etc/things.conf'), 'setting=2\nmore=1\n');
      await unlink(join(root, 'usr/share/things/empty'));
      await unlink(join(root, 'usr/bin/link'));
    });
    expect(result.isExact).toBe(false);
    expect(result.missing).toEqual(['/usr/share/things/empty', '/usr/bin/link']);
    expect(result.changed.map(({ entry }) => entry.path)).toEqual(['/etc/things.conf']);
    const store = await openStore(join(folder, 'store'));
    const content = await readFile(await store.locate(result.changed[0]?.content ?? ''), 'utf8');
    expect(content).toBe('setting=2\nmore=1\n');
  });

  it('does not hold what may be a secret', async () => {
    const secret = 'planted-canary';
    const { file, missing, problems } = await repacked('w2.zstdio', (root) =>
      appendFile(join(root, 'etc/things.key'), secret),
    );
    expect(missing).toEqual(['/etc/things.key']);
    expect(problems).toEqual([expect.stringMatching(/things\.key.* may hold a secret/)]);
    expect((await readFile(file)).includes(secret)).toBe(false);
  });
});

describe('an .rpm on a system of another kind', () => {
  it.each(['w2.gzdio', 'w2.zstdio', 'w2.xzdio'])(
    'is unpacked with owners, links and dates where it is %s',
    async (payload) => {
      built = await buildRpms([source], { payload });
      const members: Record<string, unknown> = {};
      for await (const { path, type, mode, uid, gid, mtime, size, target, content } of extractRpm(
        built.paths[0] ?? '',
        {
          users: {},
          groups: { nobody: 65534 },
        },
      )) {
        let read = 0;
        for await (const chunk of content) read += chunk.length;
        members[path] = { type, mode: mode.toString(8), ids: [uid, gid], mtime, size, read, target };
      }
      const common = { ids: [0, 0], mtime: 1_700_000_000, target: undefined };
      expect(members).toEqual({
        '/etc/things.conf': { ...common, type: 'file', mode: '644', size: 10, read: 10 },
        '/etc/things.key': { ...common, type: 'file', mode: '644', size: 6, read: 6 },
        // Of one file under two names the last has the content in the payload, and so comes first.
        '/usr/bin/things': { ...common, type: 'hardlink', mode: '755', size: 0, read: 0, target: '/usr/bin/twin' },
        '/usr/bin/twin': { ...common, type: 'file', mode: '755', size: 22, read: 22 },
        '/usr/bin/link': { ...common, type: 'symlink', mode: '777', size: 0, read: 0, target: 'things' },
        '/usr/share/things': { ...common, type: 'directory', mode: '2770', ids: [0, 65534], size: 0, read: 0 },
        '/usr/share/things/empty': { ...common, type: 'file', mode: '644', size: 0, read: 0 },
        '/usr/share/things/large': { ...common, type: 'file', mode: '644', size: 500_000, read: 500_000 },
      });
    },
  );
});
