import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { FilesystemTrie } from '../../../src/index.js';

/** What the lines of the example that end in a comment give, and what the comment says. */
it('does what the example in the README says', async () => {
  const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');
  const example = /```js\nimport \{ FilesystemTrie \} from 'reproman';\n(.*?)```/s.exec(readme)?.[1] ?? '';
  const lines = example.split('\n').map((line) => {
    const [, code, said] = /^(.*);\s*\/\/ (.*)$/.exec(line) ?? [];
    return code === undefined ? line : `told.push([${code}, ${JSON.stringify(said)}]);`;
  });
  const run = new Function(
    'FilesystemTrie',
    `return (async () => { const told = []; ${lines.join('\n')} return told; })()`,
  );
  const told: readonly (readonly [unknown, string])[] = await run(FilesystemTrie);
  expect(told.length).toBe(6);
  for (const [value, said] of told.slice(0, -1)) expect(value).toEqual(new Function(`return (${said})`)());
  expect(told.at(-1)?.[0]).toMatchObject({ name: '/', key: '/', children: [{ name: 'etc' }] });
});
