import {
  chmodSync,
  chownSync,
  lstatSync,
  lutimesSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { administered } from '../support/inputs.js';
import { type Input, place, type Rebuilt, rebuild, type Traced, writeFiles } from '../support/loop.js';
import { needs, shared } from '../support/needs.js';

beforeEach(needs({ root: true, archive: true, programs: ['strace', 'mmdebstrap'] }));

/** The administered system, with data of a package, a loose file in /opt and Python's byte code among what is read. */
const input: Input = {
  ...administered,
  name: 'tampering',
  prepare: async (root) => {
    await administered.prepare?.(root);
    const script = readFileSync(join(root.path, 'usr/local/bin/site-report'), 'utf8');
    const more =
      'grep -c GNU /usr/share/common-licenses/GPL-3\n  cat /opt/site/greeting.conf\n  python3 -m json < "$1" || :';
    writeFiles(root.path, {
      'usr/local/bin/site-report': script.replace('\n}', `\n  ${more}\n}`),
      'opt/site/greeting.conf': 'hello from this site\n',
    });
  },
};

const origin = place('root');
let traced: Traced;
let rebuilt: Rebuilt;
let tree: string;

const prepare = shared(async () => {
  traced = await origin.trace(input);
  rebuilt = await rebuild(traced, 'rootfs');
  tree = join(traced.cli.env['XDG_DATA_HOME'] ?? '', 'reproman/trees', rebuilt.name, 'tree');
});
beforeEach(prepare);
afterAll(() => origin[Symbol.asyncDispose]());

/** What the proof says of the changed environment, which is then put back; it must not be that it is the same. */
async function refutedAfter(change: () => () => void, ...flags: string[]): Promise<string> {
  const restore = change();
  try {
    return (await traced.cli.must(['verify', rebuilt.name, ...flags], { code: 6 })).stdout;
  } finally {
    restore();
  }
}

describe('one changed byte', () => {
  it.each([
    ['a program', '/usr/bin/mawk'],
    ['a library', '/usr/lib/x86_64-linux-gnu/libm.so.6'],
    ['a script of the site', '/usr/local/bin/site-report'],
    ['a script in the place of a diverted program', '/usr/bin/factor'],
    ['a diverted program', '/usr/bin/factor.distrib'],
    ['configuration that was edited', '/etc/bash.bashrc'],
    ["a package's data", '/usr/share/common-licenses/GPL-3'],
    ['a loose file', '/opt/site/greeting.conf'],
    ["Python's byte code", '/usr/lib/python3.11/json/__pycache__/__init__.cpython-311.pyc'],
  ])('fails the proof, which names it, in %s', async (_title, path) => {
    const said = await refutedAfter(() => flipByte(join(tree, path)));
    expect(said).toMatch(/^Not proved: /);
    expect(said).toContain(path);
  });

  it('fails the proof of an output, which names it, when a script writes another one', async () => {
    const script = join(tree, 'usr/local/bin/site-report');
    const change = () => rewrite(script, (text) => text.replace('factor 91', 'factor 93'));
    const said = await refutedAfter(change, '--rerun', '--inputs', traced.folder);
    expect(said).toMatch(/report\.txt: different: a file of the environment differs/);
    expect(said).toMatch(/expected factors of 91\n\s+found factors of 93/);
    expect(said).toContain('/usr/local/bin/site-report');
  });
});

describe('anything else that is not as it was', () => {
  const licence = () => join(tree, 'usr/share/common-licenses/GPL-3');
  it.each<[string, RegExp, () => () => void]>([
    ['a mode', /\/usr\/bin\/nl.*\n?.*mode/i, () => changed(join(tree, 'usr/bin/nl'), (file) => chmodSync(file, 0o755))],
    [
      'a group',
      /\/usr\/bin\/nl.*\n?.*(?:owner|group)/i,
      () => changed(join(tree, 'usr/bin/nl'), (file) => chownSync(file, 0, 0)),
    ],
    [
      'the target of a link',
      /\/etc\/alternatives\/awk/,
      () => relinked(join(tree, 'etc/alternatives/awk'), '/usr/bin/gawk'),
    ],
    ['a missing file', /GPL-3.*missing/, () => moved(licence(), `${licence()}.away`)],
    [
      'a program that is found before the one that ran',
      /\/usr\/local\/sbin\/awk.*shadowed/,
      () => added('usr/local/sbin/awk'),
    ],
  ])('fails the proof, which names it: %s', async (_title, says, change) => {
    const said = await refutedAfter(change);
    expect(said).toMatch(says);
  });

  it('is all of it: put back as it was, the environment is proved again', async () => {
    await traced.cli.must(['verify', rebuilt.name]);
  });
});

function flipByte(file: string): () => void {
  return rewrite(file, (_text, content) => {
    content.writeUInt8(content.readUInt8(content.length >> 1) ^ 1, content.length >> 1);
    return content;
  });
}

function rewrite(file: string, change: (text: string, content: Buffer) => string | Buffer): () => void {
  const before = readFileSync(file);
  const { atime, mtime } = lstatSync(file);
  const write = (content: string | Buffer) => {
    writeFileSync(file, content);
    utimesSync(file, atime, mtime);
  };
  write(change(before.toString('utf8'), Buffer.from(before)));
  return () => write(before);
}

function changed(file: string, change: (file: string) => void): () => void {
  const { mode, uid, gid } = lstatSync(file);
  change(file);
  return () => {
    chownSync(file, uid, gid);
    chmodSync(file, mode & 0o7777);
  };
}

function moved(file: string, aside: string): () => void {
  const folder = join(file, '..');
  const { atime, mtime } = lstatSync(folder);
  renameSync(file, aside);
  return () => {
    renameSync(aside, file);
    utimesSync(folder, atime, mtime);
  };
}

function added(path: string): () => void {
  const folder = join(tree, path, '..');
  const { atime, mtime } = lstatSync(folder);
  writeFiles(tree, { [path]: '#!/bin/sh\nexec /usr/bin/awk "$@"\n' });
  return () => {
    rmSync(join(tree, path));
    utimesSync(folder, atime, mtime);
  };
}

function relinked(link: string, target: string): () => void {
  const before = readlinkSync(link);
  const relink = (to: string) => {
    const { atime, mtime } = lstatSync(link);
    unlinkSync(link);
    symlinkSync(to, link);
    lutimesSync(link, atime, mtime);
  };
  relink(target);
  return () => relink(before);
}
