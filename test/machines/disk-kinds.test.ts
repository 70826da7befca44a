import { expect, it } from 'vitest';
import { kindsIn } from '../../src/machines/disk/kinds.js';
import type { FilePath } from '../../src/model/file-path.js';

it('tells all that is in a folder though a link in it is gone before it can be read', () => {
  // The descriptor that lists the folder is itself a link in it, and is closed by then.
  const kinds = kindsIn('/proc/self/fd' as FilePath, '/fd' as FilePath);
  expect(kinds.filter(({ target }) => target === undefined)).toHaveLength(1);
  expect(kinds.find(({ path }) => path === '/fd/1')).toMatchObject({ type: 'symlink', target: expect.any(String) });
});
