import type { Sha256 } from '../hash.js';
import { baseName, type FilePath, joinPath, parentPath } from '../model/file-path.js';

/** Lists of SHA-256 sums as publishers name them, which lie beside what they are of. */
const sumLists = ['SHA256SUMS', 'SHA256SUMS.txt', 'SHA256SUM', 'sha256sums.txt', 'sha256sum.txt', 'checksums.txt'];
const sumEndings = ['.sha256', '.sha256sum'];

/** Where a list of sums of the file may lie. */
export function sumListsFor(path: FilePath): FilePath[] {
  const folder = parentPath(path);
  return [...sumEndings.map((end) => `${path}${end}` as FilePath), ...sumLists.map((name) => joinPath(folder, name))];
}

/** The sum that a list has of a file: as sha256sum(1) writes it, with or without --tag, or alone in a file of its own. */
export function sumIn(text: string, list: FilePath, path: FilePath): Sha256 | undefined {
  const name = baseName(path);
  for (const line of text.split('\n')) {
    const [, sum, named] = /^([0-9a-f]{64})(?:\s+[ *]?(.+?))?\s*$/i.exec(line) ?? [];
    const [, tagged, tag] = /^SHA256 \((.+)\) = ([0-9a-f]{64})\s*$/i.exec(line) ?? [];
    const [of, found] = tag === undefined ? [named, sum] : [tagged, tag];
    if (found === undefined) continue;
    const isAlone = of === undefined && (list as string) !== path && list.startsWith(`${path}.`);
    if (isAlone || (of !== undefined && baseName(of as FilePath) === name)) return found.toLowerCase();
  }
  return undefined;
}

/** Where `wget -b` and the like write what they did. */
export function wgetLogFor(path: FilePath): FilePath {
  return joinPath(parentPath(path), 'wget-log');
}

/** By the names that files were saved under: the address that each came from at last, as wget(1) writes both. */
export function savedByWget(log: string): Map<string, string> {
  const saved = new Map<string, string>();
  let address: string | undefined;
  for (const line of log.split('\n')) {
    const [, url] = /^--\d{4}-\d\d-\d\d \d\d:\d\d:\d\d--\s+(\S+)\s*$/.exec(line) ?? [];
    if (url !== undefined) address = url;
    const [, name] = /^Saving to: (?:‘|\xe2\x80\x98|['"])(.+?)(?:’|\xe2\x80\x99|['"])\s*$/.exec(line) ?? [];
    if (name !== undefined && address !== undefined) saved.set(baseName(name as FilePath), address);
  }
  return saved;
}

/**
 * The address of a file in the cache of the Hugging Face Hub, which is in its path: the repository, the commit and the
 * file. https://huggingface.co/docs/huggingface_hub/guides/manage-cache
 */
export function addressInHubCache(path: FilePath): string | undefined {
  const [, kind, repository, commit, file] =
    /\/hub\/(models|datasets|spaces)--([^/]+)\/snapshots\/([0-9a-f]{40})\/(.+)$/.exec(path) ?? [];
  if (repository === undefined) return undefined;
  const prefix = kind === 'models' ? '' : `${kind}/`;
  return `https://huggingface.co/${prefix}${repository.replaceAll('--', '/')}/resolve/${commit}/${file}`;
}
