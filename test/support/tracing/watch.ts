import { readFileSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../run.js';
import { buildFixture } from './native-tracer.js';

/** Stands beside a trace and learns from the kernel itself (fanotify) which files the traced processes open. Needs root. */
export interface Watch {
  /** Put in front of the tracer. */
  readonly before: readonly string[];
  /** Real paths of all that was opened since it was asked last. */
  opened(): ReadonlySet<string>;
}

/** `mounts` are the file systems that it looks at. */
export async function watch(scratch: string, tracer: string, mounts: readonly string[]): Promise<Watch | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const program = await buildFixture('watch', join(scratch, 'watch'));
  const out = join(scratch, 'watch.out');
  const before = [program, out, tracer, ...mounts, '--'];
  const { code } = await run([...before, 'true']);
  if (code !== 0) return undefined;
  await rm(out);
  return {
    before,
    opened() {
      const lines = readFileSync(out, 'latin1').split('\n');
      rmSync(out);
      if (lines.some((line) => /^(overflow|unanswered) /.test(line))) throw new Error('fanotify lost events');
      return new Set(
        lines.filter((line) => line !== '').map((line) => named(unescaped(line.slice(line.indexOf(' ') + 1)))),
      );
    },
  };
}

/** The kernel puts a word behind the name of what has no name any more. */
function named(path: string): string {
  return path.replace(/ \(deleted\)$/, '');
}

function unescaped(text: string): string {
  return text.replace(/\\x([0-9a-f]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
}
