import type { Readable } from 'node:stream';

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
