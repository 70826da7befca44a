import { Args, Flags } from '@oclif/core';
import { ReproError } from '../errors.js';
import type { PlaceVersion } from '../filesystem/trie/look.js';
import type { FilesystemTrie } from '../filesystem/trie/trie.js';
import { showMode } from '../model/file-entry.js';
import { type FilePath, parsePath, showPath } from '../model/file-path.js';
import { type Column, renderTable } from './table.js';

/** What verbs of `tree` share. */
export const trieArgument = Args.string({
  description: 'file of a trie, as snapshot and tree update write it',
  ignoreStdin: true,
  required: true,
});

export const placeArgument = Args.string({
  description: 'path of a place, as it is shown',
  ignoreStdin: true,
  required: true,
});

export const tagFlag = Flags.string({ description: 'the environment, by its name', helpValue: 'NAME' });

/** The environments that were asked for; a name that none of them has is an error. */
export function checkTags(trie: FilesystemTrie, tags: readonly string[], file: string): void {
  const unknown = tags.find((tag) => !trie.tags.includes(tag));
  if (unknown === undefined) return;
  throw new ReproError('usage', `${file} has no environment ${JSON.stringify(unknown)}`, {
    remedy: `it has ${trie.tags.map((tag) => JSON.stringify(tag)).join(', ') || 'none'}`,
  });
}

/** A path as it was shown; one that is not in the trie is an error. */
export function knownPlace(trie: FilesystemTrie, text: string, file: string): number {
  const node = trie.nodeAt(parsePath(text));
  if (node !== undefined) return node;
  throw new ReproError('usage', `${file} has no place ${text}`, {
    remedy: `look for it with tree search ${file} PATTERN`,
  });
}

/** What environments have at one place, one line a version. */
export function versionTable(versions: readonly PlaceVersion[]): string {
  const columns: readonly Column<PlaceVersion>[] = [
    { title: 'TYPE', value: ({ type = '?' }) => type },
    { title: 'MODE', value: ({ mode }) => (mode === undefined ? '?' : showMode(mode)) },
    { title: 'OWNER', value: ({ uid, gid }) => (uid === undefined || gid === undefined ? '?' : `${uid}:${gid}`) },
    { title: 'SIZE', align: 'right', value: ({ size }) => (size === undefined ? '?' : String(size)) },
    { title: 'CONTENT', value: ({ hash, target }) => (target ? `→ ${showPath(target)}` : (hash?.slice(0, 12) ?? '?')) },
    { title: 'PACKAGE', value: (version) => version.package ?? '' },
    { title: 'IN', value: ({ tags }) => tags.join(', ') },
  ];
  return renderTable(columns, versions);
}

/** Places one a line, with how many of the environments have each. */
export function placeTable(
  trie: FilesystemTrie,
  places: readonly { readonly path: FilePath; readonly tags: readonly string[] }[],
): string {
  const all = trie.tags.length;
  const columns: readonly Column<(typeof places)[number]>[] = [
    { title: 'PATH', value: ({ path }) => showPath(path) },
    { title: 'IN', value: ({ tags }) => (all > 1 && tags.length === all ? `all ${all}` : tags.join(', ')) },
  ];
  return renderTable(columns, places);
}
