import { createReadStream, createWriteStream } from 'node:fs';
import { chmod, chown, copyFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract } from 'tar-stream';
import { ReproError } from '../errors.js';
import type { Shell } from '../machines/machine.js';
import { type FilePath, pathFromText } from '../model/file-path.js';
import { scratchFolder } from '../scratch.js';
import { type BirthCheck, bornHere, bornOn } from './birth.js';
import type { EngineFiles } from './engine.js';
import { collectKit, packKit } from './kit.js';
import type { TraceOptions } from './tracer.js';

/** Where a tracer runs and writes its log; removed when disposed. */
export interface Site extends AsyncDisposable, EngineFiles {
  /** The command that starts the tracer. */
  readonly tracer: readonly string[];
  /** Folders whose use is the tracer's and not the run's. */
  readonly own: readonly FilePath[];
  readonly born: BirthCheck;
  read(): AsyncIterable<Uint8Array>;
  /** Brings what was kept into the folder of ours that the options name. */
  collect(): Promise<void>;
}

/** The folder of a machine that is in no snapshot. */
const machineFolder = '/run/reproman' as FilePath;

type SiteOptions = Pick<TraceOptions, 'machine' | 'user' | 'keep'>;

/** Readies a place for `program`, a tracer of this machine. */
export async function openSite(program: string, shell: Shell, options: SiteOptions): Promise<Site> {
  return options.machine.isLocal ? openSiteHere(program, options) : openSiteOn(program, shell, options);
}

async function openSiteHere(program: string, { user, keep }: SiteOptions): Promise<Site> {
  const scratch = await scratchFolder('trace');
  const log = join(scratch.path, 'log');
  await writeFile(log, '', { mode: 0o600 });
  const isOther = user !== undefined && process.getuid?.() === 0;
  const tracer = isOther ? join(scratch.path, basename(program)) : program;
  if (isOther) {
    // The log holds the command's arguments as they are: another user may come to it, and only its own may read it.
    await chmod(scratch.path, 0o711);
    await copyFile(program, tracer);
    for (const path of keep ? [log, keep.folder] : [log]) await chown(path, user.uid, user.gid);
  }
  return {
    tracer: [tracer],
    log: pathFromText(log),
    ...(keep ? { kept: pathFromText(keep.folder) } : {}),
    own: [pathFromText(scratch.path), ...(keep ? [pathFromText(keep.folder)] : [])],
    born: bornHere,
    read: () => createReadStream(log, { highWaterMark: 1 << 20 }),
    collect: async () => undefined,
    [Symbol.asyncDispose]: () => scratch[Symbol.asyncDispose](),
  };
}

/** The tracer with its libraries is put beside the tree, so that a machine needs none and none of it is in a snapshot. */
async function openSiteOn(program: string, shell: Shell, { machine, user, keep }: SiteOptions): Promise<Site> {
  const kit = await collectKit(program);
  const folder = `${machineFolder}/trace-${process.pid}-${Date.now().toString(36)}` as FilePath;
  const made = await shell.run(['mkdir', '-p', '-m', '0711', folder]);
  if (made.exit.code !== 0) {
    throw new ReproError('step-failed', `The tracer cannot be put on ${machine.label}.`, {
      where: folder,
      cause: new Error(made.stderr.toString().trim()),
    });
  }
  const dispose = async () => {
    await shell.run(['rm', '-rf', '--', folder]);
  };
  try {
    await shell.put(folder, packKit(kit, { uid: user?.uid ?? 0, gid: user?.gid ?? 0 }));
  } catch (error) {
    await dispose();
    throw error;
  }
  const log = `${folder}/log` as FilePath;
  const kept = `${folder}/kept` as FilePath;
  return {
    tracer: kit.command(folder),
    log,
    ...(keep ? { kept } : {}),
    own: [machineFolder],
    born: bornOn(machine),
    read: () => logOn(shell, log),
    collect: async () => (keep ? unpackFiles(shell.get([kept]), keep.folder) : undefined),
    [Symbol.asyncDispose]: dispose,
  };
}

async function* logOn(shell: Shell, log: FilePath): AsyncIterable<Uint8Array> {
  const reading = await shell.spawn(['cat', '--', log], { stdin: 'ignore', stderr: 'ignore' });
  yield* reading.stdout ?? Readable.from([]);
  await reading.exited;
}

/** The regular files of a tar stream, all into one folder under their bare names. */
async function unpackFiles(tar: Readable, folder: string): Promise<void> {
  const entries = extract();
  tar.on('error', (error) => entries.destroy(error)).pipe(entries);
  for await (const entry of entries) {
    if (entry.header.type !== 'file') entry.resume();
    else await pipeline(entry, createWriteStream(join(folder, basename(entry.header.name)), { mode: 0o600 }));
  }
}
