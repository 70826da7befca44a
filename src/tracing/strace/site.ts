import { createReadStream } from 'node:fs';
import { chmod, chown, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { ReproError } from '../../errors.js';
import type { Shell } from '../../machines/machine.js';
import { type FilePath, pathFromText } from '../../model/file-path.js';
import { scratchFolder } from '../../scratch.js';
import { type BirthCheck, bornHere, bornOn } from '../birth.js';
import type { TraceOptions } from '../tracer.js';
import { collectKit, packKit } from './kit.js';

/** Where strace runs and writes its log; removed when disposed. */
export interface Site extends AsyncDisposable {
  /** The command that starts strace. */
  readonly strace: readonly string[];
  readonly log: FilePath;
  /** Folders whose use is the tracer's and not the run's. */
  readonly own: readonly FilePath[];
  readonly born: BirthCheck;
  read(): AsyncIterable<Uint8Array>;
}

/** The folder of a machine that is in no snapshot. */
const machineFolder = '/run/reproman' as FilePath;

export async function openSite(shell: Shell, options: TraceOptions): Promise<Site> {
  return options.machine.isLocal ? openSiteHere(options) : openSiteOn(shell, options);
}

async function openSiteHere({ user }: TraceOptions): Promise<Site> {
  const scratch = await scratchFolder('trace');
  const log = join(scratch.path, 'log');
  await writeFile(log, '', { mode: 0o600 });
  if (user && process.getuid?.() === 0) {
    // The log holds the command's arguments as they are: another user may come to it, and only its own may read it.
    await chmod(scratch.path, 0o711);
    await chown(log, user.uid, user.gid);
  }
  return {
    strace: ['strace'],
    log: pathFromText(log),
    own: [pathFromText(scratch.path)],
    born: bornHere,
    read: () => createReadStream(log, { highWaterMark: 1 << 20 }),
    [Symbol.asyncDispose]: () => scratch[Symbol.asyncDispose](),
  };
}

/** strace with its libraries is put beside the tree, so that a machine needs none and none of it is in a snapshot. */
async function openSiteOn(shell: Shell, { machine, user }: TraceOptions): Promise<Site> {
  const folder = `${machineFolder}/trace-${process.pid}-${Date.now().toString(36)}` as FilePath;
  const made = await shell.run(['mkdir', '-p', '-m', '0711', folder]);
  if (made.exit.code !== 0) {
    throw new ReproError('step-failed', `The tracer cannot be put on ${machine.label}.`, {
      where: folder,
      cause: new Error(made.stderr.toString().trim()),
    });
  }
  const kit = await collectKit();
  await shell.put(folder, packKit(kit, { uid: user?.uid ?? 0, gid: user?.gid ?? 0 }));
  const log = `${folder}/log` as FilePath;
  return {
    strace: kit.command(folder),
    log,
    own: [machineFolder],
    born: bornOn(machine),
    read: () => logOn(shell, log),
    async [Symbol.asyncDispose]() {
      await shell.run(['rm', '-rf', '--', folder]);
    },
  };
}

async function* logOn(shell: Shell, log: FilePath): AsyncIterable<Uint8Array> {
  const reading = await shell.spawn(['cat', '--', log], { stdin: 'ignore', stderr: 'ignore' });
  yield* reading.stdout ?? Readable.from([]);
  await reading.exited;
}
