import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { codeOf } from '../../errors.js';
import type { FilePath } from '../../model/file-path.js';
import { streamFrom } from '../tar-command.js';
import { listOf, namesOf, type ShellTools } from './tools.js';

/** The content of one file through a shell, as a stream; `place` gives where it really is. */
export function streamFile(tools: ShellTools, place: () => Promise<FilePath>): Readable {
  const output = new PassThrough();
  const run = async () => {
    const argv = ['xargs', '-0', 'cat', '--'];
    const list = listOf(namesOf(tools, [await place()]));
    await pipeline(
      streamFrom(() => tools.spawn(argv), list, `Reading from ${tools.label}`),
      output,
    );
  };
  run().catch((error: unknown) => output.destroy(withCode(error)));
  return output;
}

/** What cat(1) complained of, as node would name it: one unreadable file must be told from a broken connection. */
function withCode(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  if (codeOf(error) !== undefined) return error;
  const [, code] = complaints.find(([words]) => error.message.includes(words)) ?? [];
  return code === undefined ? error : Object.assign(error, { code });
}

const complaints = [
  ['Permission denied', 'EACCES'],
  ['Operation not permitted', 'EPERM'],
  ['No such file or directory', 'ENOENT'],
  ['Is a directory', 'EISDIR'],
  ['Input/output error', 'EIO'],
  ['Stale file handle', 'ESTALE'],
] as const;
