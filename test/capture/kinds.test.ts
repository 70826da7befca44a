import { expect, it } from 'vitest';
import { kindOf } from '../../src/capture/kinds.js';
import type { FilePath } from '../../src/model/file-path.js';

/** The beginning of a zip with a member of that name. */
function zipOf(name: string): Buffer {
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(name.length, 26);
  return Buffer.concat([header, Buffer.from(name), Buffer.from('PK')]);
}

it.each([
  ['/data/table.csv', Buffer.from('1,2'), 'data'],
  ['/data/lib.zip', zipOf('package/__init__.py'), 'code'],
  ['/data/app', zipOf('Main.class'), 'code'],
  ['/data/images.zip', zipOf('one.png'), 'data'],
  ['/data/cut.zip', zipOf('one.py').subarray(0, 29), 'data'],
  ['/data/module-1.0-py3.11.egg', Buffer.alloc(0), 'code'],
  ['/data/module-1.0-py3-none-any.whl', Buffer.alloc(0), 'code'],
  ['/data/report.Rmd', Buffer.from('---'), 'code'],
  ['/data/addon.node', Buffer.alloc(0), 'code'],
])('takes %s for what it is', (path, head, kind) => {
  expect(kindOf(path as FilePath, new Set(['read']), head, [])).toBe(kind);
});
