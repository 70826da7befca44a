import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Cli, freshCli } from './cli.js';
import { type Root, withRoot } from './roots.js';
import type { RunResult } from './run.js';
import type { OrdinaryUser } from './users.js';

/** One of the real inputs: files, and a command over them. */
export interface Input {
  readonly files: Readonly<Record<string, string>>;
  readonly command: readonly string[];
  /** The exit code that the command has and the trace must keep. */
  readonly code?: number;
  /** Changes the root before the trace. */
  readonly prepare?: (root: Root) => Promise<void>;
}

export interface Place {
  /** Trace on this machine as it is, or in a bootstrapped root. */
  readonly origin: 'host' | 'root';
  readonly backend: 'rootfs' | 'docker';
  readonly user?: OrdinaryUser;
}

/** The traced environment, rebuilt and proved; all of it goes when it is disposed. */
export interface Loop extends AsyncDisposable {
  readonly cli: Cli;
  readonly root: Root | undefined;
  readonly spec: string;
  readonly name: string;
  /** Where the input's files are on this machine. */
  readonly folder: string;
  readonly traced: RunResult;
  readonly created: RunResult;
}

const folderInRoot = '/srv/work';

/** Trace, create with its proof, run again and compare: fails unless every step ends as the input says. */
export async function loop(input: Input, place: Place): Promise<Loop> {
  const cli = await freshCli(place.user ? { user: place.user } : {});
  const root = place.origin === 'root' ? await withRoot() : undefined;
  const dispose = async () => {
    await cli[Symbol.asyncDispose]();
    await root?.[Symbol.asyncDispose]();
  };
  try {
    const folder = root ? join(root.path, folderInRoot) : cli.work;
    writeFiles(folder, input.files, place.user);
    if (root) await input.prepare?.(root);
    const spec = join(cli.work, 'environment.yml');
    const where = root ? ['--root', root.path, '--cwd', folderInRoot] : [];
    const traced = await cli.must(['trace', '-o', spec, ...where, '--', ...input.command], { code: input.code ?? 0 });
    const name = `loop-${place.backend}-${process.pid}`;
    const inputs = root ? ['--inputs', folder] : [];
    const created = await cli.must(['create', '--backend', place.backend, '--name', name, '--rerun', ...inputs, spec]);
    return { cli, root, spec, name, folder, traced, created, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** Writes files below a folder; one whose text begins with `#!` is executable. */
export function writeFiles(folder: string, files: Readonly<Record<string, string>>, user?: OrdinaryUser): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    if (text.startsWith('#!')) chmodSync(path, 0o755);
    if (user) chownSync(path, user.uid, user.gid);
  }
}
