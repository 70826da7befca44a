import { tmpdir } from 'node:os';
import type { Asking } from '../../src/archives/service.js';
import { directoryMachine } from '../../src/machines/directory.js';
import { folderContents } from '../../src/spec/folder/contents.js';

/** One who asks a service, from a machine without anything of its own; nothing is remembered of what it is told. */
export async function asking(part: Partial<Asking> = {}): Promise<Asking> {
  const quiet = () => undefined;
  const host = await directoryMachine(tmpdir());
  const contents = folderContents(tmpdir());
  return { client: undefined as never, host, contents, lacks: quiet, silent: quiet, ...part };
}
