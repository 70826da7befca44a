import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { freshCli } from '../support/cli.js';

const project = new URL('../../', import.meta.url);

it('starts from the list of verbs that the build made, which has all of them', async () => {
  const manifest = JSON.parse(readFileSync(new URL('oclif.manifest.json', project), 'utf8')) as {
    commands: Record<string, { hidden: boolean }>;
  };
  const files = readdirSync(new URL('src/commands', project), { recursive: true }) as string[];
  const verbs = files.flatMap((file) => (file.endsWith('.ts') ? [file.slice(0, -3).replace('/', ':')] : []));
  expect(Object.keys(manifest.commands).sort()).toEqual(verbs.sort());
  await using cli = await freshCli();
  const { stdout } = await cli.must(['--help']);
  // Other tools' names for what there is already are taken, and not shown.
  for (const verb of verbs.filter((verb) => !verb.includes(':'))) {
    const isShown = new RegExp(`^ +${verb} +\\S`, 'm').test(stdout);
    expect({ verb, isShown }).toEqual({ verb, isShown: !manifest.commands[verb]?.hidden });
  }
});

it('calls an unknown verb wrong usage, in one line', async () => {
  await using cli = await freshCli();
  const { stderr } = await cli.must(['craete'], { code: 2 });
  expect(stderr).toBe("reproman: there is no verb 'craete'; did you mean create? See reproman --help.\n");
});
