import type { FilePath } from '../../model/file-path.js';

/** One file of `/var/lib/dpkg/alternatives`. */
export interface Alternative {
  readonly name: string;
  readonly mode: 'auto' | 'manual';
  /** The master link, e.g. /usr/bin/awk. */
  readonly link: FilePath;
  readonly slaves: readonly { readonly name: string; readonly link: FilePath }[];
  /** Paths that can be chosen. */
  readonly choices: readonly FilePath[];
}

/** update-alternatives(1), FILES: mode, master link, slaves as name and link up to an empty line, then the choices. */
export function parseAlternative(name: string, content: Uint8Array): Alternative | undefined {
  const lines = Buffer.from(content).toString('latin1').split('\n');
  const [mode, link] = lines;
  if ((mode !== 'auto' && mode !== 'manual') || !link?.startsWith('/')) return undefined;
  const slaves: { name: string; link: FilePath }[] = [];
  let at = 2;
  for (; lines[at]; at += 2) slaves.push({ name: lines[at] as string, link: (lines[at + 1] ?? '') as FilePath });
  const choices: FilePath[] = [];
  for (at++; lines[at]; at += 2 + slaves.length) choices.push(lines[at] as FilePath);
  return { name, mode, link: link as FilePath, slaves, choices };
}

/** The folder whose links say what each alternative is at present. */
export const alternativesFolder = '/etc/alternatives/';

/** Alternatives by every link that belongs to them: the public ones and those in /etc/alternatives. */
export function alternativesByLink(
  alternatives: readonly Alternative[],
  canonical: (path: FilePath) => FilePath,
): Map<FilePath, Alternative> {
  const byLink = new Map<FilePath, Alternative>();
  for (const alternative of alternatives) {
    for (const { name, link } of [alternative, ...alternative.slaves]) {
      byLink.set(canonical(link), alternative);
      byLink.set(`${alternativesFolder}${name}` as FilePath, alternative);
    }
  }
  return byLink;
}
