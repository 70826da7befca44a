import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { pathFromText } from '../../src/model/file-path.js';
import type { Recipe } from '../../src/packaging/recipe.js';
import { type FormatName, formats } from '../../src/rendering/formats.js';
import { contentOf, type RenderedEnvironment } from '../../src/rendering/rendering.js';
import { writeRendering } from '../../src/rendering/write.js';
import { openTemplates } from '../../src/templates/templates.js';

const odd = ["it's", '$(id) $HOME', '', '-n', '{{ x }}', 'a "b" \\', '%post', '\t#'];
const recipe: Recipe = {
  script: 'conda',
  at: '/opt/it',
  packages: [],
  fetched: 'itself',
  files: { 'explicit.txt': '@EXPLICIT\n', 'environment.yml': 'channels:\n  - a\ndependencies:\n  - x=1=0\n' },
};

const environment: RenderedEnvironment = {
  name: 'analysis',
  about: ['analysis: debian 12', 'a plan\nUSER root'],
  missing: ['The content of /a\n%post is not in the spec.'],
  remarks: ['An input {{ x }} \u2028 \\'],
  recipes: [],
  from: 'debian:12',
  platform: 'linux/arm64',
  shared: { name: 'functions.sh', content: '# é\n' },
  stages: [{ name: '1-debian', title: 'packages', files: [{ name: 'install.sh', content: 'echo yes\n' }] }],
  environment: { LANG: 'C', ODD: odd.join(''), LINES: 'a\nUSER root', 'no name': 'x' },
  cwd: pathFromText("/srv/it's $HOME"),
  user: { uid: 7, gid: 8, groups: [] },
  command: ['printf', '%s|', ...odd, 'two\n%post\nlines'],
};

async function rendered(name: FormatName, change: Partial<RenderedEnvironment> = {}) {
  const { files, lacks } = await (await formats[name]()).render({ ...environment, ...change }, openTemplates());
  const names = files.map((file) => file.name);
  return { main: await text(contentOf(files[0])), names, files, lacks };
}

it('renders a Dockerfile with one layer for each stage, and says which variables it cannot have', async () => {
  const { main, names, lacks } = await rendered('dockerfile');
  expect(names).toEqual(['Dockerfile', 'provision/functions.sh', 'provision/1-debian/install.sh']);
  const lines = main.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  expect(lines.map((line) => line.split(' ')[0])).toEqual([
    ...['FROM', 'COPY', 'COPY', 'RUN', 'RUN', 'ENV', 'ENV', 'WORKDIR', 'USER', 'CMD'],
  ]);
  expect(lines).toContain('RUN ["/bin/sh", "/provision/1-debian/install.sh"]');
  expect(lines).toContain('FROM --platform=linux/arm64 debian:12');
  expect(lines).toContain('USER 7:8');
  expect(JSON.parse(lines.at(-1)?.replace('CMD ', '') ?? '')).toEqual(environment.command);
  expect(lacks.filter((lack) => lack.startsWith('A Dockerfile'))).toHaveLength(2);
});

it('says of a working directory that a Dockerfile cannot name it', async () => {
  const { main, lacks } = await rendered('dockerfile', { cwd: pathFromText('/a\nUSER root') });
  expect(main).toContain('WORKDIR "/"'.replaceAll('"', ''));
  expect(lacks).toContain('A Dockerfile cannot have the name of the working directory.');
  expect(main).not.toMatch(/^USER root/m);
});

it('renders a development container that is built from the very Dockerfile', async () => {
  const { main, files } = await rendered('devcontainer');
  expect(JSON.parse(main)).toMatchObject({ name: 'analysis', build: { dockerfile: 'Dockerfile' } });
  expect(files.slice(1)).toEqual((await rendered('dockerfile')).files);
});

it('renders a definition in which no text becomes a section, and the command has its words', async () => {
  const { main, names } = await rendered('singularity');
  expect(main.match(/^%\w+/gm)).toEqual(['%files', '%post', '%environment', '%runscript']);
  expect(main).not.toContain('{{');
  expect(names).toContain('provision/install.sh');
  const [, script = ''] = main.split('%runscript\n');
  const run = script.replace(/^cd .*$/m, 'cd /');
  expect(spawnSync('sh', ['-c', run, 'sh'], { encoding: 'utf8' }).stdout).toBe(
    [...environment.command.slice(2), ''].join('|'),
  );
});

it('renders user data of which every reader of YAML has the same texts', async () => {
  const { main, names } = await rendered('cloud-init');
  expect(names).toEqual(['user-data']);
  expect(main).toMatch(/^#cloud-config\n/);
  const { write_files: files, runcmd } = parse(main) as {
    write_files: { path: string; encoding?: string; content: string }[];
    runcmd: string[][];
  };
  expect(runcmd).toEqual([['sh', '/opt/environment/install.sh']]);
  const contents = new Map(
    files.map(({ path, encoding, content }) => [path, Buffer.from(content, encoding === 'b64' ? 'base64' : 'utf8')]),
  );
  expect(contents.get('/opt/environment/functions.sh')?.toString()).toBe('# é\n');
  expect(contents.get('/opt/environment/1-debian/install.sh')?.toString()).toBe('echo yes\n');
  expect(files.filter(({ content }) => /[^\t\n\x20-\x7e]/.test(content))).toEqual([]);
});

it('runs the command on a machine as it ran, with its variables alone', async () => {
  const { files } = await rendered('vagrantfile', { cwd: pathFromText('/'), user: { uid: 0, gid: 0, groups: [] } });
  const folder = mkdtempSync(join(tmpdir(), 'reproman-formats-'));
  await writeRendering(files, join(folder, 'rendered'));
  const { stdout, stderr } = spawnSync('sh', [join(folder, 'rendered/provision/run.sh')], { encoding: 'utf8' });
  rmSync(folder, { recursive: true });
  expect([stdout, stderr]).toEqual([[...environment.command.slice(2), ''].join('|'), '']);
});

it('renders a conda environment with what pip has in it, and the hashes of both', async () => {
  const pip: Recipe = { ...recipe, script: 'python', files: { 'requirements.txt': 'y==1\n' } };
  const { main, names } = await rendered('conda-yaml', { recipes: [recipe, { ...recipe, at: '/opt/other' }, pip] });
  expect(names).toEqual(['environment.yml', 'explicit.txt', 'requirements.txt']);
  expect(parse(main)).toEqual({
    name: 'analysis',
    channels: ['a'],
    dependencies: ['x=1=0', { pip: ['-r requirements.txt'] }],
  });
});

it('says of a spec without conda that it has none', async () => {
  await expect(rendered('conda-yaml')).rejects.toThrow('the spec has no packages of conda');
});
