import { afterEach, beforeEach, expect, it } from 'vitest';
import { configuredIndexes, indexesOf } from '../../../src/distributions/python/settings.js';
import type { FilePath } from '../../../src/model/file-path.js';
import { type FixtureRoot, fixtureRoot } from '../../capture/fixture-root.js';

let root: FixtureRoot;
beforeEach(async () => {
  root = await fixtureRoot();
  await root.file(
    '/etc/pip.conf',
    '[global]\nindex-url = https://me:secret@one.example/simple/\nextra-index-url =\n    https://two.example/simple\n    https://__token__:glpat-x@three.example/simple\ntimeout = 5\n',
  );
  await root.file(
    '/home/ada/.config/uv/uv.toml',
    '[[index]]\nname = "own"\nurl = "https://u:p@four.example/simple"\n[pip]\nextra-index-url = ["https://five.example/simple"]\n',
  );
  await root.file('/srv/env/pip.conf', '[install]\nindex_url: https://six.example/simple\n');
});
afterEach(() => root[Symbol.asyncDispose]());

it('reads the indexes of pip and uv, the nearest first, without what is secret', async () => {
  const places = { homes: ['/home/ada' as FilePath], prefixes: ['/srv/env' as FilePath] };
  expect(await configuredIndexes(root.machine, places)).toEqual(
    ['six', 'four', 'five', 'one', 'two', 'three'].map((name) => `https://${name}.example/simple`),
  );
});

it("asks no index that is this process's own for another machine, and none where pip is not there to say", async () => {
  const environment = { PIP_INDEX_URL: 'https://seven.example/simple', HOME: '/home/ada' };
  expect(await indexesOf(root.machine, environment)).not.toContain('https://seven.example/simple');
  await using bare = await fixtureRoot();
  expect(await indexesOf(bare.machine, environment)).toEqual([]);
});
