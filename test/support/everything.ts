import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeFiles } from './loop.js';
import { installWithNpm } from './npm.js';
import { pythonIn } from './python.js';
import type { Root } from './roots.js';

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
  app/node_modules/.bin/adder
  /usr/bin/python3 analysis/run.py
  jq -n 6*7
  ./loose.sh
} > said.txt
`;

export const said = `hello from a module
WHEELED
edited tracked
3
changed beside
42
loose
`;

const files = {
  'run.sh': run,
  'names.py': 'import edited, tracked\nprint(edited.name, tracked.name)\n',
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

/** Makes all of it in a root that has {@link everythingNeeds}; gives the commits of the repositories. */
export async function makeEverything(root: Root): Promise<{ readonly tracked: string; readonly analysis: string }> {
  const folder = join(root.path, place);
  writeFiles(folder, files);
  const { commit: tracked } = pythonIn(root.path).makeTypicalEnvironment(place);
  const dependencies = { adder: 'file:../adder-1.2.3.tgz', '@corp/built': 'file:../corp-built-2.0.1.tgz' };
  installWithNpm(folder, packages, { dependencies });
  return { tracked, analysis: await makeCheckout(root) };
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
