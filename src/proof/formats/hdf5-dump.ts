import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findProgram, spawnProcess } from '../../exec.js';
import { scratchFolder } from '../../scratch.js';
import { CannotTell, type ComparisonContext } from '../comparison/comparator.js';

/** A damaged file may keep its reader busy for ever. */
const patience = 300_000;

/** Types as h5dump names them. */
const tooLong = ['H5T_NATIVE_LDOUBLE', '80-bit', '96-bit', '128-bit', '160-bit'];

export function isHdf5(content: Buffer): boolean {
  return content.toString('latin1', 0, 8) === '\x89HDF\r\n\x1a\n';
}

/**
 * All of an HDF5 file as text, in the language of its own tools: one number a line, with all of its digits. That has no
 * times, and says nothing of how data is stored.
 */
export async function dumpHdf5(content: Buffer, { budget, signal }: ComparisonContext): Promise<Buffer> {
  const program = findProgram('h5dump');
  if (program === undefined) {
    throw new CannotTell('HDF5 is read by h5dump, which is not here: install hdf5-tools');
  }
  await using scratch = await scratchFolder('hdf5');
  await writeFile(join(scratch.path, 'data.h5'), content, { mode: 0o600 });
  const soon = AbortSignal.timeout(patience);
  const child = spawnProcess([program, '--width=1', '--format=%.17g', 'data.h5'], {
    cwd: scratch.path,
    stdin: 'ignore',
    signal: signal === undefined ? soon : AbortSignal.any([signal, soon]),
  });
  let complaint = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    complaint = (complaint + chunk.toString()).slice(-500);
  });
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of (child.stdout ?? []) as AsyncIterable<Buffer>) {
      budget.take(chunk.length);
      chunks.push(chunk);
    }
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  const { code } = await child.exited;
  if (soon.aborted) throw new CannotTell('h5dump takes too long');
  if (code !== 0) throw new Error(complaint.trim().split('\n')[0] ?? `h5dump ends with exit code ${code}`);
  const dump = Buffer.concat(chunks);
  if (tooLong.some((type) => dump.includes(type))) {
    throw new CannotTell('it has numbers of more than 64 bits, which h5dump does not print in full');
  }
  return dump;
}
