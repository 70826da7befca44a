import { ReproError } from '../../errors.js';
import type { Machine } from '../../machines/machine.js';
import { type FilePath, joinPath, pathFromText } from '../../model/file-path.js';
import { type OpenOptions, openResource, runConditions } from '../connect.js';
import { resourceNamePattern } from '../schema.js';
import type { CopyEnd } from './ends.js';

/** What a user names to copy: standard input or output, a path of this machine, or one in a resource. */
export type NamedEnd =
  | { readonly kind: 'stream' }
  | { readonly kind: 'here'; readonly path: string }
  | { readonly kind: 'resource'; readonly name: string; readonly path: string };

/** Reads `-`, `PATH` or `NAME:PATH`; a path of this machine that has a colon begins with `./` or `/`. */
export function readEnd(text: string): NamedEnd {
  if (text === '-') return { kind: 'stream' };
  const colon = text.indexOf(':');
  const name = text.slice(0, Math.max(colon, 0));
  if (!resourceNamePattern.test(name)) return { kind: 'here', path: text };
  return { kind: 'resource', name, path: text.slice(colon + 1) };
}

export type OpenEnd = CopyEnd & AsyncDisposable;

/** A relative path begins where commands run. */
export async function openEnd(end: Exclude<NamedEnd, { kind: 'stream' }>, options: OpenOptions): Promise<OpenEnd> {
  if (end.path === '') throw new ReproError('usage', 'there is no path', { remedy: 'write it as NAME:/path' });
  const path = pathFromText(end.path);
  if (end.kind === 'here') return here(options.host, joinPath(pathFromText(process.cwd()), path));
  const opened = await openResource(end.name, options);
  const { cwd, user } = runConditions(opened.resource);
  const dispose = () => opened[Symbol.asyncDispose]();
  return { machine: opened.machine, path: joinPath(cwd, path), owner: user, [Symbol.asyncDispose]: dispose };
}

/** A path of this machine, whose files are ours. */
export function here(machine: Machine, path: FilePath): OpenEnd {
  return { machine, path, async [Symbol.asyncDispose]() {} };
}
