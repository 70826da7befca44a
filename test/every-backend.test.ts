import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Backend } from '../backends/backend.js';
import type { Outer } from '../backends/outer.js';
import { backends, outers } from '../backends/registry.js';
import { isEngineFile } from '../src/filesystem/engine-files.js';
import { pathFromText } from '../src/model/file-path.js';
import { readme, withTable } from './support/backend-table.js';
import { type BackendRow, committedRows } from './support/every-backend.js';

describe('the table of all backends', () => {
  it("is in the README as the backends' own tests found it", () => {
    const text = readFileSync(readme, 'utf8');
    expect(text).toBe(withTable(text, committedRows()));
  });

  it('has every backend, and every way to the machine of one', () => {
    const tested = committedRows().flatMap(({ kind }) => kind.split(':'));
    expect([...Object.keys(backends), ...Object.keys(outers)].filter((name) => !tested.includes(name))).toEqual([]);
  });

  it('has what differs as it was found', () => {
    const row: BackendRow = {
      ...{ kind: 'moon', proof: 'proved', tree: 'differs', environment: 'equal', rerun: 'unknown' },
      support: ['a kernel', 'air'],
    };
    const text = '1\n<!-- every backend: made by its test -->\nold\n<!-- end of the table -->\n2\n';
    const line = '| `moon` | proved | differs | equal | unknown | a kernel, air |\n<!-- end of the table -->\n2\n';
    expect(withTable(text, [row]).endsWith(line)).toBe(true);
    expect(() => withTable('no table', [row])).toThrow('no place');
  });
});

it.each([...Object.values(backends), ...Object.values(outers)])(
  'puts nothing into a tree that counts: %s',
  async (load) => {
    const { support = [] }: Pick<Backend | Outer, 'support'> = await load();
    const paths = support.filter((each) => each.startsWith('/'));
    expect(paths.filter((path) => !isEngineFile(pathFromText(path)))).toEqual([]);
  },
);
