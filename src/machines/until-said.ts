import { once } from 'node:events';
import type { Readable } from 'node:stream';
import type { Process } from './machine.js';

/** Enough of what a program says before, that is passed over. */
const most = 65_536;

/** What a program says that matches, its output staying open; undefined where that ends before. */
export function untilSaid(output: Readable | undefined, pattern: RegExp): Promise<RegExpExecArray | undefined> {
  return new Promise((resolve) => {
    if (!output) return resolve(undefined);
    let said = '';
    const listen = (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-most);
      const found = pattern.exec(said);
      if (!found) return;
      // It flows on, so that nobody waits for us to read.
      output.off('data', listen).resume();
      resolve(found);
    };
    output.on('data', listen).once('close', () => resolve(undefined));
  });
}

/** The same of a program that says when it is ready; where it ends before, what it complained of. */
export async function untilReady(
  { stdout, stderr, exited }: Process,
  pattern: RegExp,
): Promise<{ readonly found: RegExpExecArray } | { readonly found?: never; readonly complaint: string }> {
  let complaint = '';
  stderr?.on('data', (chunk: Buffer) => {
    complaint = (complaint + chunk.toString()).slice(-4096);
  });
  const found = await untilSaid(stdout, pattern);
  if (found) return { found };
  await Promise.all([exited, stderr && !stderr.closed ? once(stderr, 'close') : undefined]);
  return { complaint: complaint.trim() || 'no reason given' };
}
