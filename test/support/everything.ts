import { appendFileSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256 } from '../../src/hash.js';
import { type CondaSource, installWithConda } from './conda.js';
import { writeFiles } from './loop.js';
import { installWithNpm } from './npm.js';
import { pythonIn, writeProject } from './python.js';
import type { Root } from './roots.js';
import { serveFolder } from './serve-folder.js';

/** Debian packages of a root that {@link makeEverything} works in. */
export const everythingNeeds = ['python3-pip', 'git', 'nodejs', 'environment-modules'] as const;

/** Where everything is, inside the root. */
export const place = '/srv/everything';

/** Touches software of every kind; what each of them said is in `said.txt`. */
export const command = ['bash', 'run.sh'];

const run = `. /usr/share/modules/init/bash
module use ${place}/modules
module load site/greeter
{
  greet
  env/bin/wheeled
  env/bin/python names.py
  conda/bin/numbers
  app/node_modules/.bin/adder
  /usr/bin/python3 analysis/run.py
  jq -n 6*7
  ./loose.sh
} > said.txt
`;

/** Of this run of the tests alone: no store or cache has it. */
const numbers = `numbers ${process.pid}`;

export const said = `hello from a module
WHEELED
edited tracked pinned
${numbers}
3
changed beside
42
loose
`;

const files = {
  'run.sh': run,
  'names.py': 'import edited, pinned, tracked\nprint(edited.name, tracked.name, pinned.name)\n',
  'loose.sh': '#!/bin/sh\necho loose\n',
  'modules/site/greeter/1.0': `#%Module1.0\nset root ${place}/greeter\nprepend-path PATH $root/bin\nsetenv GREETING "hello from a module"\n`,
  'greeter/bin/greet': '#!/bin/sh\necho "$GREETING"\n',
};

/** A program of a package that stands on another, which made a file when it was installed. */
const packages = [
  {
    json: { name: 'adder', version: '1.2.3', bin: 'add.js', dependencies: { '@corp/built': '^2.0.0' } },
    files: { 'add.js': "#!/usr/bin/env node\nconsole.log(require('@corp/built').reduce((a, b) => a + b));\n" },
  },
  {
    json: { name: '@corp/built', version: '2.0.1' },
    files: { 'index.js': 'module.exports = [1, 2];\n' },
  },
];

export interface Everything extends AsyncDisposable {
  /** The commits of the repositories. */
  readonly tracked: string;
  readonly analysis: string;
  /** Where conda's packages and a wheel are served; the machine itself has no copy. */
  readonly archive: string;
}

/** Makes all of it in a root that has {@link everythingNeeds}. Disposing ends the archive on the loopback. */
export async function makeEverything(root: Root): Promise<Everything> {
  const folder = join(root.path, place);
  writeFiles(folder, files);
  // Older than what the archive has, and to stay so.
  await root.inside(['apt-mark', 'hold', 'jq']);
  const python = pythonIn(root.path);
  const { commit: tracked, prefix } = python.makeTypicalEnvironment(place);
  const served = await mkdtemp(join(tmpdir(), 'reproman-archive-'));
  const archive = await serveFolder(served);
  installPinned(python, prefix, folder, { served, url: archive.url });
  installNumbers(root, folder, { served, url: archive.url });
  const dependencies = { adder: 'file:../adder-1.2.3.tgz', '@corp/built': 'file:../corp-built-2.0.1.tgz' };
  installWithNpm(folder, packages, { dependencies });
  return {
    ...{ tracked, analysis: await makeCheckout(root), archive: archive.url },
    async [Symbol.asyncDispose]() {
      await archive[Symbol.asyncDispose]();
      await rm(served, { recursive: true });
    },
  };
}

interface Served {
  readonly served: string;
  readonly url: string;
}

/** A wheel at an address, with its hash. */
function installPinned(python: ReturnType<typeof pythonIn>, prefix: string, folder: string, { served, url }: Served) {
  const source = `${place}/src/pinned`;
  const text = `name = 'pinned'\nrun = ${process.pid}\n`;
  writeProject(join(folder, 'src/pinned'), 'pinned', { version: '4.0', source: text });
  python.buildWheel(source, `${place}/pinned`);
  const [wheel = ''] = readdirSync(join(folder, 'pinned'));
  cpSync(join(folder, 'pinned', wheel), join(served, wheel));
  rmSync(join(folder, 'pinned'), { recursive: true });
  const hash = sha256(readFileSync(join(served, wheel)));
  python.runPip(prefix, 'install', `pinned @ ${url}/${wheel}#sha256=${hash}`);
}

/** A program that holds its prefix, and what it needs, from a channel of our own. */
function installNumbers({ path: root }: Root, folder: string, { served, url }: Served) {
  const channel = `${url}/forge`;
  const data: CondaSource = {
    ...{ name: 'numbers-data', version: '2026.1', build: '0', format: 'tar.bz2', channel },
    files: { 'share/numbers.txt': { text: `${numbers}\n` } },
  };
  const program: CondaSource = {
    ...{ name: 'numbers', version: '1.0', build: 'h1_0', depends: ['numbers-data'], requested: 'numbers', channel },
    files: { 'bin/numbers': { text: '#!/bin/sh\nexec cat {placeholder}/share/numbers.txt\n', mode: 0o775 } },
  };
  const pkgs = join(folder, 'pkgs');
  installWithConda({ root, prefix: `${place}/conda`, pkgs, packages: [data, program] });
  cpSync(pkgs, join(served, 'forge/linux-64'), { recursive: true });
  rmSync(pkgs, { recursive: true });
}

/** A clone whose commit its remote has, with a changed file, and one beside that is not tracked. */
async function makeCheckout({ path, inside }: Root): Promise<string> {
  const remote = `${place}/analysis.git`;
  const checkout = `${place}/analysis`;
  const git = (...argv: string[]) =>
    inside(['git', '-c', 'user.name=Ada', '-c', 'user.email=ada@example.org', '-C', checkout, ...argv]);
  mkdirSync(join(path, checkout));
  await inside(['git', 'init', '--quiet', '--bare', remote]);
  await git('init', '--quiet');
  await git('remote', 'add', 'origin', `file://${remote}`);
  writeFiles(join(path, checkout), {
    'run.py': "print('as committed')\n",
    'unused.txt': 'as it was\n',
    'helper.txt': 'tracked, and read\n',
  });
  await git('add', '--all');
  await git('commit', '--quiet', '--message', 'an analysis');
  await git('push', '--quiet', 'origin', 'HEAD');
  writeFiles(join(path, checkout), {
    'run.py': `import sys\nsys.dont_write_bytecode = True\nimport beside\nopen('${checkout}/helper.txt').read()\nprint('changed', beside.name)\n`,
    'beside.py': "name = 'beside'\n",
  });
  appendFileSync(join(path, checkout, 'unused.txt'), 'changed too\n');
  return (await git('rev-parse', 'HEAD')).trim();
}
