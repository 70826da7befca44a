import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { must } from '../run.js';
import { fixtureSource, tracerSources } from './native-tracer.js';

/** What a virtual machine of this kind needs here; the kernel is that of the installer. */
export const arm64Programs = [
  'qemu-system-aarch64',
  'aarch64-linux-gnu-gcc',
  '/usr/aarch64-linux-gnu/lib/libc.a',
  '/usr/lib/debian-installer/images/12/arm64/text/debian-installer/arm64/linux',
] as const;

const [emulator, compiler, , kernel] = arm64Programs;

/** How one program ended, and the log of its trace. */
export interface Arm64Trace {
  readonly code: number;
  readonly log: string;
}

/**
 * Boots a machine that has little more than the tracer and these fixtures, each in a folder of its name below `folder`,
 * and traces them there.
 */
export async function traceOnArm64(
  scratch: string,
  folder: string,
  fixtures: readonly string[],
): Promise<ReadonlyMap<string, Arm64Trace>> {
  const at = (name: string) => join(scratch, `arm64-${name}`);
  const compile = [compiler, '-static', '-O2', '-w', '-pthread'];
  await must([...compile, '-o', at('tracer'), ...tracerSources()]);
  for (const name of ['init', ...fixtures]) await must([...compile, '-o', at(name), fixtureSource(name)]);
  // For those that start another program.
  await must([...compile, '-o', at('true'), '-xc', '-'], { input: 'int main(void) { return 0; }' });
  const files = [
    ['bin/cat', at('true')],
    ['bin/true', at('true')],
    ['init', at('init')],
    ['tracer', at('tracer')],
    ...fixtures.map((name) => [`${folder.slice(1)}/${name}/${name}`, at(name)]),
  ] as [string, string][];
  writeFileSync(at('initrd'), archive(files));
  const machine = ['-M', 'virt', '-cpu', 'cortex-a72', '-m', '512', '-nic', 'none', '-no-reboot'];
  const console = ['-display', 'none', '-monitor', 'none', '-serial', 'stdio'];
  const boot = [
    '-kernel',
    kernel,
    '-initrd',
    at('initrd'),
    '-append',
    `quiet panic=-1 -- ${[folder, ...fixtures].join(' ')}`,
  ];
  return parse(await must(['timeout', '120', emulator, ...machine, ...console, ...boot]));
}

function parse(console: string): Map<string, Arm64Trace> {
  // The kernel has its say on the console, too.
  const lines = console.split(/\r?\n/).filter((line) => /^\{|^log /.test(line));
  const parts = `${lines.join('\n')}\n`.split(/^log (\S+) (-?\d+)\n/m);
  const traces = new Map<string, Arm64Trace>();
  for (let at = 1; at < parts.length; at += 3) {
    const [name = '', code, log = ''] = parts.slice(at, at + 3);
    traces.set(name, { code: Number(code), log });
  }
  return traces;
}

/** An archive of programs and the folders that they are in, as the kernel unpacks it (initramfs-buffer-format.rst). */
function archive(files: readonly (readonly [string, string])[]): Buffer {
  const folders = new Set(
    files.flatMap(([name]) => [...name.matchAll(/\//g)].map(({ index }) => name.slice(0, index))),
  );
  return Buffer.concat([
    ...[...folders].sort().map((name) => entry(name, 0o40755, Buffer.alloc(0))),
    ...files.map(([name, file]) => entry(name, 0o100755, readFileSync(file))),
    entry('TRAILER!!!', 0, Buffer.alloc(0)),
  ]);
}

function entry(name: string, mode: number, content: Buffer): Buffer {
  const fields = [0, mode, 0, 0, 1, 0, content.length, 0, 0, 0, 0, name.length + 1, 0];
  const header = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}${name}\0`;
  return Buffer.concat([padded(Buffer.from(header)), padded(content)]);
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
}
