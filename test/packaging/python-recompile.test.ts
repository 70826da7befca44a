import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { localMachine } from '../../src/machines/local.js';
import { pathFromText } from '../../src/model/file-path.js';
import { recompiler } from '../../src/packaging/python-recompile.js';

const python = '/usr/bin/python3';
const hasPython = spawnSync(python, ['--version']).status === 0;
let folder: string;
let source: string;
let bytecode: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'recompile-'));
  source = join(folder, 'caf\u00e9.py');
  writeFileSync(source, `def greet(name='you'):\n    """Says hello."""\n    return [f'hello {name}', 7]\n`);
  if (!hasPython) return;
  execFileSync(python, ['-m', 'py_compile', source]);
  bytecode = join(folder, '__pycache__', readdirSync(join(folder, '__pycache__'))[0] ?? '');
});
afterAll(() => rmSync(folder, { recursive: true }));

async function same(file: string, of = source): Promise<boolean | undefined> {
  await using machine = await localMachine();
  await using recompiling = recompiler(async () => machine);
  return recompiling.same(pathFromText(file), pathFromText(of));
}

it.skipIf(!hasPython)(
  'knows the code of a source, of any name (skipped where there is no packaged Python)',
  async () => {
    expect(await same(bytecode)).toBe(true);
  },
);

it.skipIf(!hasPython)(
  'knows every byte of code that was changed (skipped where there is no packaged Python)',
  async () => {
    await using machine = await localMachine();
    await using recompiling = recompiler(async () => machine);
    const honest = readFileSync(bytecode);
    const tampered = join(folder, 'tampered', bytecode.slice(folder.length + '/__pycache__/'.length));
    mkdirSync(join(folder, 'tampered'));
    const words = ['Says hello', 'hello ', 'you', 'greet', '.py'].map((word) => honest.indexOf(word));
    for (const at of [...words, honest.length >> 1]) {
      const changed = Buffer.from(honest);
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
      writeFileSync(tampered, changed);
      expect({ at, same: await recompiling.same(pathFromText(tampered), pathFromText(source)) }).toEqual({
        at,
        same: false,
      });
    }
  },
);

it('does not know where the interpreter is not there', async () => {
  expect(await same(join(folder, '__pycache__/a.cpython-39999.pyc'))).toBeUndefined();
  expect(await same(join(folder, '__pycache__/a.pypy39.pyc'))).toBeUndefined();
});
