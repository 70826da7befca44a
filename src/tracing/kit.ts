import { createReadStream, realpathSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pack } from 'tar-stream';
import { ReproError } from '../errors.js';
import { runProcess } from '../exec.js';
import { loaderSegment } from './interpreters.js';

/** A tracer's program with all that it needs to run where nothing of it is installed. */
export interface Kit {
  /** Local files, by their name in the kit's folder. */
  readonly files: ReadonlyMap<string, string>;
  /** The command that runs it, below the folder the kit was put in. */
  command(folder: string): string[];
}

/** Gathers a program of this machine with its loader and libraries. */
export async function collectKit(program: string): Promise<Kit> {
  const name = basename(program);
  const loader = await loaderOf(program);
  const files = new Map([[name, program]]);
  if (loader === undefined) return { files, command: (folder) => [`${folder}/${name}`] };
  files.set('loader', loader);
  for (const library of await librariesOf(loader, program)) files.set(`lib/${basename(library)}`, library);
  return {
    files,
    command: (folder) => [`${folder}/loader`, '--library-path', `${folder}/lib`, `${folder}/${name}`],
  };
}

/** The kit, an empty log and an empty folder as a tar stream; `owner` is who will run it. */
export function packKit(kit: Kit, owner: { readonly uid: number; readonly gid: number }): Readable {
  const tar = pack();
  const fill = async (): Promise<void> => {
    tar.entry({ name: 'lib', type: 'directory', mode: 0o755 });
    for (const [name, file] of kit.files) {
      const { size } = statSync(file);
      await pipeline(createReadStream(file), tar.entry({ name, size, mode: 0o755 }));
    }
    tar.entry({ name: 'log', mode: 0o600, ...owner, mtime: new Date() }, '');
    tar.entry({ name: 'kept', type: 'directory', mode: 0o700, ...owner });
    tar.finalize();
  };
  fill().catch((error: Error) => tar.destroy(error));
  return tar as unknown as Readable;
}

async function loaderOf(program: string): Promise<string | undefined> {
  await using file = await open(realpathSync(program));
  const head = Buffer.alloc(4096);
  await file.read(head, 0, head.length, 0);
  const segment = loaderSegment(head);
  return segment && head.toString('latin1', segment.offset, segment.offset + segment.size - 1);
}

/** The loader itself says what it would load: `name => /path (0x...)`, as ldd(1) shows it. */
async function librariesOf(loader: string, program: string): Promise<string[]> {
  const { stdout, exit } = await runProcess([loader, '--list', program]);
  if (exit.code !== 0)
    throw new ReproError('not-ready', 'The libraries of the tracer cannot be found.', { where: program });
  return [...stdout.toString().matchAll(/=> (\/\S+) \(0x/g)].map((match) => match[1] ?? '');
}
