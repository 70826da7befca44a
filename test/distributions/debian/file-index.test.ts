import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { debianDatabases, readDatabase } from '../../../src/distributions/debian/database.js';
import { DiversionMap } from '../../../src/distributions/debian/diversions.js';
import { FileIndex } from '../../../src/distributions/debian/file-index.js';
import { directoryMachine } from '../../../src/machines/directory.js';
import type { FilePath } from '../../../src/model/file-path.js';
import { usrLayoutOf } from '../../../src/packaging/usr-layout.js';

let root: string;
const sum = 'd41d8cd98f00b204e9800998ecf8427e';

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'file-index-'));
  const info = join(root, 'var/lib/dpkg/info');
  mkdirSync(info, { recursive: true });
  const names = ['one', 'two', 'three'];
  const stanza = (name: string) => `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n`;
  writeFileSync(join(root, 'var/lib/dpkg/status'), names.map(stanza).join('\n'));
  for (const name of names) {
    writeFileSync(join(info, `${name}.list`), `/.\n/usr\n/usr/share\n/usr/share/${name}\n/usr/share/${name}/file\n`);
    writeFileSync(join(info, `${name}.md5sums`), `${sum}  usr/share/${name}/file\n`);
  }
});
afterEach(() => rmSync(root, { recursive: true }));

async function openIndex() {
  const machine = await directoryMachine(root);
  const database = readDatabase(await machine.files.gather(debianDatabases));
  const gathered: string[][] = [];
  const { gather } = machine.files;
  machine.files.gather = (globs, ...rest) => {
    gathered.push([...globs]);
    return gather(globs, ...rest);
  };
  const context = {
    packages: database?.packages ?? [],
    layout: usrLayoutOf(new Set()),
    diversions: new DiversionMap([], (path) => path),
  };
  const index = new FileIndex(context, machine);
  const find = (...paths: string[]) => index.find(paths as FilePath[]);
  return { find, index, gathered };
}

it('reads the checksums, when it is asked to, of packages that own a file, not of all that share its folders or the root', async () => {
  const { find, index, gathered } = await openIndex();
  const [root, folder, file, none] = find('/', '/usr/share', '/usr/share/two/file', '/usr/share/none');
  expect(gathered).toEqual([]);
  await index.findSums();
  expect(gathered).toEqual([['/var/lib/dpkg/info/two.md5sums']]);
  expect(root?.map((each) => each.package.name)).toEqual(['one', 'two', 'three']);
  expect(folder?.map((each) => each.package.name)).toEqual(['one', 'two', 'three']);
  expect(file).toMatchObject([{ sumAt: 0 }]);
  expect(none).toBeUndefined();
});

it('knows a folder by any of the packages that list it, though one may list what it has there elsewhere', async () => {
  // As dpkg-deb does with links, which come last.
  const list = '/.\n/usr\n/usr/share\n/usr/bin\n/usr/bin/tool\n/usr/share/one/link\n';
  writeFileSync(join(root, 'var/lib/dpkg/info/three.list'), list);
  const { find, index, gathered } = await openIndex();
  const [folder] = find('/usr/share');
  await index.findSums();
  expect(folder?.map((each) => each.package.name)).toEqual(['one', 'two', 'three']);
  expect(gathered.flat()).toEqual([]);
});

it('answers what was asked before without looking again, and adds what was not', async () => {
  const { find, index, gathered } = await openIndex();
  find('/usr/share/two/file');
  find('/usr/share/two/file', '/usr/share/two');
  await index.findSums();
  const listings = find('/usr/share/one/file', '/usr/share/two/file');
  await index.findSums();
  expect(gathered).toEqual([['/var/lib/dpkg/info/two.md5sums'], ['/var/lib/dpkg/info/one.md5sums']]);
  expect(listings.map((found) => found?.map((each) => each.package.name))).toEqual([['one'], ['two']]);
});
