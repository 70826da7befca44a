import { expect, it } from 'vitest';
import { parseRecord } from '../../../src/distributions/conda/record.js';
import type { FilePath } from '../../../src/model/file-path.js';

const file = '/opt/env/conda-meta/a-1-0.json' as FilePath;
const names = ['lib/a', './share//a', 'lib/../bin/a', '../other/a', '../../etc/passwd', '../env-of-another/a'];

it.each([
  ['paths', { paths_data: { paths: names.map((_path) => ({ _path })) } }],
  ['files', { files: names }],
])('has nothing outside of its prefix, whatever the %s of a record name', (_, listed) => {
  const { paths } = parseRecord(file, Buffer.from(JSON.stringify({ name: 'a', version: '1', build: '0', ...listed })));
  expect(paths.map(({ path }) => path)).toEqual(['/opt/env/lib/a', '/opt/env/share/a', '/opt/env/bin/a']);
});
