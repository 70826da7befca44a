#!/usr/bin/env -S node --import tsx
// Writes the optional packages with the compiled tracer to dist/packages, one for each kind of machine that a compiler
// of this one makes programs for. The tool takes a package only if it was made from the very sources that it has.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findProgram } from '../src/exec.js';
import { hashOf, sourceFiles } from '../src/machines/compiled-program.js';
import { programName } from '../src/tracing/native/build.js';

const kinds = [
  { arch: 'x64', machine: 'x86_64', compiler: 'x86_64-linux-gnu-gcc' },
  { arch: 'arm64', machine: 'aarch64', compiler: 'aarch64-linux-gnu-gcc' },
] as const;
const sources = fileURLToPath(new URL('../src/tracing/native', import.meta.url));
const { version, license } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

const files = await sourceFiles(sources);
const inputs = files.filter((name) => name.endsWith('.c')).map((name) => join(sources, name));
for (const { arch, machine, compiler } of kinds) {
  const name = `tracer-linux-${arch}`;
  if (findProgram(compiler) === undefined) {
    console.error(`${name}: not made, for there is no ${compiler}`);
    continue;
  }
  const folder = fileURLToPath(new URL(`../dist/packages/${name}`, import.meta.url));
  mkdirSync(folder, { recursive: true });
  const program = join(folder, programName);
  const { status } = spawnSync(compiler, ['-O2', '-static', '-s', '-o', program, ...inputs, '-lpthread'], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status !== 0) process.exit(1);
  const manifest = {
    name: `@reproman/${name}`,
    version,
    license,
    description: 'the native tracer of reproman, compiled',
    os: ['linux'],
    cpu: [arch],
    files: [programName],
    sources: await hashOf(sources, files, machine),
  };
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
  console.log(folder);
}
