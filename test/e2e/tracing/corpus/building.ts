import { fileURLToPath } from 'node:url';
import type { Sample } from '../../../support/tracing/comparison.js';
import { shell, tool, tree, write } from './make.js';

const python = '/usr/bin/python3';
const compiler = { programs: ['gcc', 'make', '/usr/include/stdlib.h'] } as const;
/** A static program in Go, which comes with what runs the tests. */
const packaged = `@esbuild/${process.platform}-${process.arch}/bin/esbuild`;
const esbuild = fileURLToPath(new URL(`../../../../node_modules/${packaged}`, import.meta.url));
const git = { programs: ['git'], prepare: repository } as const;

/** Compilers, version control and package managers. */
export const building: readonly Sample[] = [
  shell('gcc', 'gcc -O1 -o prog main.c && ./prog', { ...compiler, prepare: (folder) => sources(folder, 0) }),
  shell('gcc static', 'gcc -static -pipe -o prog main.c && ./prog', {
    ...compiler,
    prepare: (folder) => sources(folder, 0),
  }),
  shell('make -j2', 'make -j2 -s && ./prog && make -s', { ...compiler, prepare: (folder) => sources(folder, 6) }),
  shell('ar and strip', 'gcc -c main.c && ar rcs libm.a main.o && ranlib libm.a && strip -g main.o && nm libm.a', {
    ...compiler,
    prepare: (folder) => sources(folder, 0),
  }),
  shell('git clone', 'git clone -q bare.git copy && git clone -q --shared bare.git second', git),
  shell('git status', 'git -C work status --short && git -C work log --oneline && git -C work diff', git),
  shell(
    'git commit',
    'export GIT_AUTHOR_DATE=2000-01-01T00:00:00Z GIT_COMMITTER_DATE=2000-01-01T00:00:00Z; cd work && echo more >> file && git add . && git commit -qm second && git checkout -qb b && git gc -q',
    git,
  ),
  {
    name: 'npm ci',
    argv: ['npm', 'ci', '--offline', '--no-audit', '--no-fund', '--silent'],
    prepare: nodePackage,
    programs: ['npm'],
  },
  { name: 'npm --version', argv: ['npm', '--version'], programs: ['npm'] },
  {
    name: 'node',
    argv: [
      'node',
      '-e',
      `const f = require('fs'); f.readdirSync('tree', { recursive: true }); f.promises.readFile('tree/run.sh').then(() => f.cpSync('tree', 'c', { recursive: true }));  require('child_process').execFileSync('cat', ['tree/link']); new (require('worker_threads').Worker)('require("fs").statSync("tree")', { eval: true })`,
    ],
    prepare: tree,
  },
  {
    name: 'Go static binary',
    argv: ['./esbuild', 'main.ts', '--bundle', '--outfile=out.js', '--log-level=error'],
    prepare(folder) {
      write(folder, {
        'main.ts': `import { x } from './other';\nconsole.log(x);\n`,
        'other.ts': 'export const x: number = 1;\n',
      });
      tool(folder, 'cp', esbuild, 'esbuild');
    },
  },
  {
    name: 'pip install',
    argv: [
      python,
      '-m',
      'pip',
      'install',
      '--no-index',
      '--no-deps',
      '--disable-pip-version-check',
      '--target',
      'site',
      './small-1.0-py3-none-any.whl',
    ],
    prepare: wheel,
    programs: [python, '/usr/lib/python3/dist-packages/pip/__init__.py'],
  },
];

function sources(folder: string, more: number): void {
  const units = Array.from({ length: more }, (_, at) => `unit-${'abcdefghij'[at]}`);
  for (const unit of units)
    write(folder, {
      [`${unit}.c`]: '#include <stdio.h>\n#include "own.h"\nint f_' + unit.slice(-1) + '(void) { return OWN; }\n',
    });
  write(folder, {
    'own.h': '#define OWN 7\n',
    'main.c': '#include <stdlib.h>\n#include "own.h"\nint main(void) { return OWN - 7; }\n',
    Makefile: `OBJECTS = main.o ${units.map((unit) => `${unit}.o`).join(' ')}\nprog: $(OBJECTS)\n\t$(CC) -o $@ $^\n$(OBJECTS): own.h\n`,
  });
}

function repository(folder: string): void {
  write(folder, {
    'home/.gitconfig': '[user]\nname = Test\nemail = test@example.org\n[init]\ndefaultBranch = main\n[gc]\nauto = 0\n',
    'work/file': 'content\n',
    'work/folder/other': 'content\n',
  });
  const inWork = (...args: string[]) => tool(folder, 'git', '-C', 'work', ...args);
  inWork('init', '-q');
  inWork('add', '.');
  inWork('commit', '-qm', 'first');
  inWork('clone', '-q', '--bare', '.', '../bare.git');
}

function nodePackage(folder: string): void {
  write(folder, {
    'dependency/package.json': '{"name": "small", "version": "1.0.0", "main": "index.js"}',
    'dependency/index.js': 'module.exports = 1;\n',
    'package.json': '{"name": "top", "version": "1.0.0", "dependencies": {"small": "file:small-1.0.0.tgz"}}',
  });
  const npm = (...args: string[]) => tool(folder, 'npm', '--offline', '--silent', ...args);
  npm('pack', './dependency');
  npm('install', '--package-lock-only', '--no-audit', '--no-fund');
  // The run is to start with an empty cache.
  tool(folder, 'rm', '-rf', 'home/.npm');
}

/** A wheel is a zip file with three lists in it: https://packaging.python.org/en/latest/specifications/binary-distribution-format/ */
function wheel(folder: string): void {
  tool(
    folder,
    python,
    '-c',
    `import zipfile
with zipfile.ZipFile('small-1.0-py3-none-any.whl', 'w') as z:
    i = 'small-1.0.dist-info/'
    z.writestr('small.py', 'x = 1\\n')
    z.writestr(i + 'METADATA', 'Metadata-Version: 2.1\\nName: small\\nVersion: 1.0\\n')
    z.writestr(i + 'WHEEL', 'Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')
    z.writestr(i + 'RECORD', f'small.py,,\\n{i}METADATA,,\\n{i}WHEEL,,\\n{i}RECORD,,\\n')`,
  );
}
