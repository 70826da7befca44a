import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { extractWheel, wheelMetadata } from '../../../src/distributions/python/wheel.js';
import { makeEnvironment, runPip } from '../../support/python.js';
import { needsPip, python } from './packaging.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'python-wheel-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A wheel with everything that a wheel may have; `members` by name, those of `bin` executable. */
function makeWheel(name: string, members: Readonly<Record<string, string>>): string {
  const file = join(folder, `${name}-1.0-py3-none-any.whl`);
  const info = `${name}-1.0.dist-info`;
  const all = {
    [`${info}/METADATA`]: `Metadata-Version: 2.1\nName: ${name}\nVersion: 1.0\n`,
    [`${info}/WHEEL`]: 'Wheel-Version: 1.0\nGenerator: own\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
    ...members,
  };
  const script = `
import base64, hashlib, json, sys, zipfile
members, out, info = json.load(sys.stdin), sys.argv[1], sys.argv[2]
record = ''
with zipfile.ZipFile(out, 'w', zipfile.ZIP_DEFLATED) as wheel:
    for name, text in members.items():
        entry = zipfile.ZipInfo(name)
        entry.external_attr = (0o100755 if '/tool' in name else 0o100644) << 16
        entry.compress_type = zipfile.ZIP_STORED if name.endswith('.txt') else zipfile.ZIP_DEFLATED
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip('=')
        record += f'{name},sha256={digest},{len(text.encode())}\\n'
        wheel.writestr(entry, text)
    wheel.writestr(f'{info}/RECORD', record + f'{info}/RECORD,,\\n')`;
  execFileSync(python, ['-c', script, file, info], { input: JSON.stringify(all) });
  return file;
}

async function extracted(file: string, prefix: string, site: string) {
  const details = { site, prefix, interpreter: `${prefix}/bin/python`, requested: true, date: 7 };
  const found = new Map<string, { type: string; mode: number; text: string }>();
  for await (const { path, type, mode, content } of extractWheel(file, details)) {
    const chunks: Buffer[] = [];
    for await (const chunk of content) chunks.push(chunk);
    found.set(path, { type, mode, text: Buffer.concat(chunks).toString('latin1') });
  }
  return found;
}

describe('installing a wheel', () => {
  beforeEach(needsPip);
  it('puts the same files in place as pip does', async () => {
    const file = makeWheel('everything', {
      'everything/__init__.py': 'def main():\n    pass\n\nclass App:\n    run = main\n',
      'everything/data.txt': 'caf\u00e9\n',
      'everything/tool.sh': '#!/bin/sh\n',
      'everything-1.0.data/purelib/pure.py': '',
      'everything-1.0.data/platlib/plat/lib.py': 'x = 1\n',
      'everything-1.0.data/scripts/tool-a': '#!python\nprint(1)\n',
      'everything-1.0.data/scripts/tool-b': '#!/bin/sh\necho b\n',
      'everything-1.0.data/data/share/everything/x.txt': 'x\n',
      'everything-1.0.data/headers/x.h': '#define X\n',
      'everything-1.0.dist-info/entry_points.txt':
        '[console_scripts]\neverything = everything:main\nevery-app=everything:App.run [extra]\n\n[other]\nno = no:no\n',
    });
    const prefix = join(folder, 'env');
    makeEnvironment(prefix);
    runPip(prefix, 'install', '--no-compile', file);
    const site = execFileSync(join(prefix, 'bin/python'), ['-c', 'import site; print(site.getsitepackages()[0])']);
    const place = site.toString().trim();
    const found = await extracted(file, prefix, place);
    const files = [...found].filter(([, { type }]) => type === 'file');
    const own = /\/(?:INSTALLER|RECORD)$/;
    for (const [path, { mode, text }] of files.filter(([name]) => !own.test(name))) {
      expect({ path, mode, text }).toEqual({
        path,
        mode: statSync(path).mode & 0o777,
        text: readFileSync(path, 'latin1'),
      });
    }
    const record = join(place, 'everything-1.0.dist-info/RECORD');
    const linesOf = (text: string) =>
      text
        .trim()
        .split(/\r?\n/)
        .filter((line) => !/INSTALLER|direct_url/.test(line));
    expect(linesOf(found.get(record)?.text ?? '').sort()).toEqual(linesOf(readFileSync(record, 'latin1')).sort());
  });

  it('reads the metadata of a wheel', async () => {
    expect(String(await wheelMetadata(makeWheel('short', {})))).toContain('Name: short');
  });

  it('refuses a file outside of the environment, and what is no wheel', async () => {
    const climbing = makeWheel('climbing', { '../../../../../outside.py': '' });
    await expect(extracted(climbing, '/srv/env', '/srv/env/lib/python3.11/site-packages')).rejects.toThrow('outside');
    const none = join(folder, 'none.whl');
    writeFileSync(none, 'no zip');
    await expect(wheelMetadata(none)).rejects.toMatchObject({ kind: 'not-rebuildable' });
  });
});
