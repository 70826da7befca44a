import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A command whose time is taken, in a folder of its own. */
export interface Workload {
  readonly name: string;
  /** Largest ratio of a traced to an untraced run. */
  readonly target: number;
  readonly argv: readonly string[];
  /** The same in small, for peers that stop at every system call. */
  readonly small?: readonly string[];
  readonly prepare?: (folder: string) => void;
  /** Makes the folder as it was, before each run. */
  readonly reset?: (folder: string) => void;
}

const python = '/usr/bin/python3';

export const workloads: readonly Workload[] = [
  {
    name: 'Python start with imports',
    target: 1.2,
    argv: [python, '-c', 'import json, sqlite3, xml.dom.minidom, http.client, decimal, ctypes, unittest'],
  },
  {
    name: 'make -j2 of 20 C files',
    target: 2.5,
    argv: ['make', '-j2', '-s'],
    prepare: sources,
    reset: (folder) => sh(folder, 'rm -f *.o program'),
  },
  {
    name: 'git clone and status',
    target: 1.2,
    argv: ['sh', '-c', 'git clone -q origin.git copy && git -C copy status --short'],
    prepare: repository,
    reset: (folder) => rmSync(join(folder, 'copy'), { recursive: true, force: true }),
  },
  {
    name: '9,190 opens by xargs cat',
    target: 3,
    argv: ['sh', '-c', 'find headers -name "*.h" -print0 | xargs -0 cat > /dev/null'],
    prepare: headers,
  },
  {
    name: '2,000 short processes',
    target: 1.4,
    argv: ['sh', '-c', 'i=0; while [ $i -lt 2000 ]; do /bin/true; i=$((i + 1)); done'],
  },
  { name: 'npm --version', target: 1.15, argv: ['npm', '--version'] },
  { name: 'CPU loop', target: 1.01, argv: ['awk', 'BEGIN { for (i = 0; i < 20000000; i++) sum += i }'] },
  {
    name: '2 million one-byte reads',
    target: 1.25,
    argv: ['dd', 'if=/dev/zero', 'of=/dev/null', 'bs=1', 'count=2000000', 'status=none'],
    small: ['dd', 'if=/dev/zero', 'of=/dev/null', 'bs=1', 'count=20000', 'status=none'],
  },
];

function sources(folder: string): void {
  const units = Array.from({ length: 20 }, (_, at) => `unit${at}`);
  for (const unit of units) {
    const includes = ['stdio', 'stdlib', 'string', 'math'].map((name) => `#include <${name}.h>\n`).join('');
    writeFileSync(join(folder, `${unit}.c`), `${includes}int ${unit}(int x) { return printf("%d", x); }\n`);
  }
  writeFileSync(join(folder, 'main.c'), 'int main(void) { return 0; }\n');
  const objects = ['main', ...units].map((unit) => `${unit}.o`).join(' ');
  writeFileSync(join(folder, 'Makefile'), `program: ${objects}\n\t$(CC) -o $@ $^\n`);
}

function repository(folder: string): void {
  for (let at = 0; at < 1500; at++) {
    const sub = join(folder, 'work', `folder${at % 60}`);
    mkdirSync(sub, { recursive: true });
    writeFileSync(join(sub, `file${at}`), `line ${at}\n`.repeat(500));
  }
  sh(
    folder,
    `git init -q work && cd work && git add . && git -c user.name=T -c user.email=t@example.org commit -qm all
     cd .. && git clone -q --bare work origin.git && rm -rf work`,
  );
}

function headers(folder: string): void {
  for (let at = 0; at < 9190; at++) {
    const sub = join(folder, 'headers', `folder${at % 200}`);
    if (at < 200) mkdirSync(sub, { recursive: true });
    writeFileSync(join(sub, `header${at}.h`), `#define NUMBER_${at} ${at}\n`.repeat(40));
  }
}

function sh(folder: string, line: string): void {
  execFileSync('sh', ['-c', line], { cwd: folder, stdio: 'pipe' });
}
