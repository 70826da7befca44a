import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { renderLauncher } from '../../../backends/vagrant/appliance.js';
import { ova, vagrantBox } from '../../../backends/vagrant/formats.js';
import { describeAppliance } from '../../../backends/vagrant/ovf.js';
import { localMachine } from '../../../src/machines/local.js';
import { pathFromText } from '../../../src/model/file-path.js';
import { silent } from '../../../src/model/progress.js';
import { writeFiles } from '../../support/loop.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'appliance-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('starts what was traced as it ran, and makes no code of it', async () => {
  const run = {
    command: ['printf', '%s|', "it's $(id)", '\n'],
    cwd: pathFromText('/srv/a `b`'),
    environment: { LANG: 'C.UTF-8', ODD: '"; id #' },
    user: { uid: 1000, gid: 1000, groups: [4, 24] },
  };
  const launcher = (await renderLauncher({ run })).toString();
  // What it would run as root is told instead.
  const tools = [
    'id() { echo 0; }',
    'told() { for word; do printf "<%s>" "$word"; done; }',
    'unshare() { told "$@"; }',
  ];
  const script = `${tools.join('\n')}\n${launcher.replace('exec unshare', 'unshare')}`;
  const { stdout } = spawnSync('sh', ['-c', script], { encoding: 'utf8' });
  const [, words = ''] = stdout.split('<sh>').slice(-2).join('<sh>').split('<sh>');
  expect(words).toBe(
    '<LANG=C.UTF-8><ODD="; id #><setpriv><--reuid><1000><--regid><1000><--groups><4,24><--><unshare>' +
      "<--root=/environment><--wd=/srv/a `b`><--><printf><%s|><it's $(id)><\n>",
  );
});

it('describes a machine with its disk in well-formed XML', () => {
  const files = [{ name: 'disk.vmdk', size: 5 }];
  const text = describeAppliance({ name: 'analysis', files, gibibytes: 2 });
  expect(text).toContain('<File ovf:id="file0" ovf:href="disk.vmdk" ovf:size="5"/>');
  expect(text).toContain('ovf:capacity="2147483648"');
  const script = 'import sys, xml.dom.minidom as m; print(len(m.parse(sys.stdin).getElementsByTagName("Item")))';
  expect(spawnSync('python3', ['-c', script], { input: text, encoding: 'utf8' }).stdout).toBe('5\n');
});

it('knows its files by their first member, and gives the tree that went in', async () => {
  writeFiles(folder, { 'metadata.json': '{}', 'box.img': 'disk', 'machine.ovf': '<Envelope/>', tree: 'the tree\n' });
  const inFolder = (...argv: string[]) => spawnSync(argv[0] ?? '', argv.slice(1), { cwd: folder });
  inFolder('zstd', '-q', 'tree', '-o', 'environment.tar.zst');
  inFolder('tar', '-cf', 'one.box', 'metadata.json', 'box.img', 'environment.tar.zst');
  inFolder('tar', '-cf', 'one.ova', 'machine.ovf', 'environment.tar.zst');
  const file = (name: string) => join(folder, name);
  const heads = ['one.box', 'one.ova'].map((name) => readFileSync(file(name)));
  const matched = (format: typeof ova) => Promise.all(heads.map((head) => format.matches('', head)));
  expect([await matched(vagrantBox), await matched(ova)]).toEqual([
    [true, false],
    [false, true],
  ]);
  await using here = await localMachine();
  const tree = await ova.read?.(file('one.ova'), { here, folder, progress: silent });
  expect(Buffer.concat((await tree?.toArray()) ?? []).toString()).toBe('the tree\n');
});

it('says that a machine of somebody else is not taken apart', async () => {
  writeFiles(folder, { 'machine.ovf': '<Envelope/>' });
  spawnSync('tar', ['-cf', 'other.ova', 'machine.ovf'], { cwd: folder });
  await using here = await localMachine();
  const read = ova.read?.(join(folder, 'other.ova'), { here, folder, progress: silent });
  await expect(read).rejects.toThrow('was not made by reproman');
});
