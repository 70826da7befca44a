import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Sample } from '../../../support/tracing/comparison.js';

/** A sample that is a line for the shell. */
export function shell(name: string, line: string, rest: Partial<Sample> = {}): Sample {
  return { name, argv: ['sh', '-c', line], ...rest };
}

/** Writes files by their names, with the folders that they are in. */
export function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
}

/** A small tree with a link, an empty folder and names that are easily broken. */
export function tree(folder: string): void {
  write(folder, {
    'tree/a/one.txt': 'needle in one\n',
    'tree/a/two words.txt': 'two\n',
    'tree/b/c/deep.txt': 'needle in deep\n',
    'tree/b/new\nline': 'x\n',
    'tree/run.sh': '#!/bin/sh\necho run\n',
  });
  mkdirSync(join(folder, 'tree/empty'));
  symlinkSync('a/one.txt', join(folder, 'tree/link'));
  symlinkSync('nowhere', join(folder, 'tree/dangling'));
}

/** Runs a tool while a sample is prepared, with the folder’s own home and no setting of ours. */
export function tool(folder: string, program: string, ...args: readonly string[]): void {
  const env = { PATH: process.env['PATH'], HOME: join(folder, 'home') };
  execFileSync(program, args, { cwd: folder, env, stdio: 'pipe' });
}
