import { ReproError } from '../errors.js';
import { usualPath } from '../exec.js';
import { localMachine } from '../machines/local.js';
import type { Machine } from '../machines/machine.js';
import { chooseMapping, rootfsMachine } from '../machines/rootfs/index.js';
import { type FilePath, pathFromText, rootPath } from '../model/file-path.js';
import type { Lock } from '../spec/document/schema.js';
import { openResource, runConditions } from './connect.js';

/** Where a command is traced, and how it starts there. */
export interface Origin extends AsyncDisposable {
  readonly machine: Machine;
  /** This machine, where the command is traced on another. */
  readonly caller?: Machine;
  readonly cwd: FilePath;
  readonly environment: Readonly<Record<string, string>>;
  /** What it was made from, of a resource that still has its own copy of that. */
  readonly former?: Lock | undefined;
  readonly user?: { readonly uid: number; readonly gid: number; readonly groups?: readonly number[] };
}

export interface OriginChoice {
  readonly root?: string | undefined;
  readonly resource?: string | undefined;
  readonly cwd?: string | undefined;
  /** Told what this machine has not as a resource's runs had it. */
  readonly warn: (message: string) => void;
}

/** This machine as it is, a system in a folder, or a resource. */
export async function openOrigin({ root, resource, cwd, warn }: OriginChoice): Promise<Origin> {
  const host = await localMachine();
  if (resource !== undefined) {
    const opened = await openResource(resource, { host, warn, isTraced: true });
    const conditions = runConditions(opened.resource);
    return {
      ...conditions,
      ...inside(cwd, conditions.cwd),
      machine: opened.machine,
      caller: host,
      former: opened.spec?.lock,
      ...closing(opened, host),
    };
  }
  if (root !== undefined) {
    const mapping = await chooseMapping(host);
    const machine = await rootfsMachine({ host, tree: root, mapping, label: `the system in ${root}`, network: true });
    const place = inside(cwd, rootPath);
    return { machine, caller: host, environment: environmentInRoot(), ...place, ...closing(machine, host) };
  }
  return { machine: host, environment: ownEnvironment(), ...inside(cwd, ownFolder()), ...closing(host) };
}

function inside(asked: string | undefined, otherwise: FilePath): { cwd: FilePath } {
  if (asked === undefined) return { cwd: otherwise };
  if (asked.startsWith('/')) return { cwd: pathFromText(asked) };
  throw new ReproError('usage', `--cwd ${asked} is not an absolute path`);
}

function closing(...parts: readonly AsyncDisposable[]): AsyncDisposable {
  return {
    [Symbol.asyncDispose]: async () => {
      for (const part of parts) await part[Symbol.asyncDispose]();
    },
  };
}

/** As the shell has it: a link in the working directory's name is part of what the command sees. */
function ownFolder(): FilePath {
  return pathFromText(process.cwd());
}

function ownEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

/** What a login in the root would have, and how we show text. */
function environmentInRoot(): Record<string, string> {
  const { LANG = 'C.UTF-8', TERM = 'dumb' } = process.env;
  return { PATH: usualPath, HOME: '/root', LANG, TERM };
}
