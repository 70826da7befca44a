import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
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

it('loads no library of a backend for what asks none', async () => {
  await using cli = await freshCli();
  const noted = join(cli.work, 'loaded');
  const note = `import { appendFileSync } from 'node:fs';
export async function load(url, context, next) { appendFileSync(${JSON.stringify(noted)}, url + '\\n'); return next(url, context); }`;
  const hooks = `data:text/javascript,${encodeURIComponent(note)}`;
  const register = `import { register } from 'node:module'; register(${JSON.stringify(hooks)});`;
  const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(register)}` };
  for (const args of [['--help'], ['ls'], ['create', '--help'], ['backends', 'rootfs']]) {
    rmSync(noted, { force: true });
    await cli.run(args, { env });
    const loaded = readFileSync(noted, 'utf8');
    expect(loaded).toContain('bin/run.js');
    expect({ args, loaded: loaded.match(/node_modules\/(?:dockerode|ssh2|@aws-sdk|@smithy)\b/g) }).toEqual({
      args,
      loaded: null,
    });
  }
});
