import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { renderDefinition } from '../../../backends/singularity/definition.js';
import { pathFromText } from '../../../src/model/file-path.js';
import { definitionWord } from '../../../src/templates/quoting.js';

const odd = ["it's", 'two\nlines\n', '\n%post\nid', '{{ x }}{{{', '$(id) `id` \\ "', '', '-n', '@command@'];

function afterNewline(script: string): string {
  return `newline='\n'\nprintf '%s|' ${script}`;
}

it.each(odd)('is one word for a shell that means what it says: %j', (text) => {
  const { stdout } = spawnSync('sh', ['-c', afterNewline(definitionWord(text))], { encoding: 'utf8' });
  expect(stdout).toBe(`${text}|`);
});

it.each(odd)('begins no section of the file and names no variable of it: %j', (text) => {
  expect(definitionWord(text)).not.toMatch(/^\s*%|\{\{|\n/m);
});

it('runs the traced command where it ran, with its variables', async () => {
  const run = {
    command: ['sh', '-c', 'cat "$1" @token@', "don't"],
    cwd: pathFromText('/srv/a b'),
    environment: { LANG: 'C.UTF-8', 'no-name': 'x', MULTI: 'a\n%post\nb' },
    user: { uid: 1, gid: 1, groups: [] },
  };
  const text = await renderDefinition({ run, planDigest: 'p1' }, 't1');
  expect(text).toContain(`exec 'sh' '-c' 'cat "$1" @token@' 'don'\\''t' "$@"\n`);
  expect(text).toContain("cd -- '/srv/a b' || exit 125\n");
  expect(text).toContain("export LANG='C.UTF-8'\nexport MULTI='a'\"$newline\"'%post'\"$newline\"'b'\n");
  expect(text).not.toContain('no-name');
  expect(text.match(/^%\w+/gm)).toEqual(['%environment', '%runscript', '%labels']);
  expect(text).toContain('reproman.token t1\n');
});

it("is of the user's own template where there is one", async () => {
  const run = { command: ['true'], cwd: pathFromText('/'), environment: {}, user: { uid: 0, gid: 0, groups: [] } };
  const templates = { read: async (name: string) => `${name}: @command@ @plan@` };
  expect(await renderDefinition({ run, planDigest: 'p1' }, 't1', templates)).toBe(
    "singularity/environment.def: 'true' p1",
  );
});
