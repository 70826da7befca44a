import { fieldOf, type Stanza } from '../../archives/apt/deb822.js';
import type { BuildCommand } from '../../packaging/source-builder.js';

/**
 * What the version of a package ends in where its archive built it again, with nothing changed in its source: its source
 * has the version before that. https://wiki.debian.org/binNMU
 */
const rebuild = /\+b\d+$/;

/** `+b1` of a package whose source has no such version. */
export function rebuildOf(version: string, sourceVersion: string): string | undefined {
  return rebuild.test(sourceVersion) ? undefined : rebuild.exec(version)?.[0];
}

/** The version without what says that its archive built it again. */
export function withoutRebuild(version: string): string {
  return version.replace(rebuild, '');
}

/** The entry of the changelog that an archive's builder wrote for a rebuild: deb-buildinfo(5). */
export function binaryOnlyChanges(stanza: Stanza): string | undefined {
  const lines = fieldOf(stanza, 'Binary-Only-Changes')?.split('\n').slice(1);
  // A space begins each line, and a point stands for an empty one.
  return lines?.map((line) => line.slice(1).replace(/^\.$/, '')).join('\n');
}

/** What is built again, of which source, and when. */
export interface Rebuilt {
  readonly source: string;
  /** With what it ends in. */
  readonly version: string;
  readonly codename: string;
  readonly architecture: string;
  /** Seconds since 1970. */
  readonly at: number;
  /** What the archive's builder wrote, where that is known. */
  readonly changes?: string | undefined;
}

/**
 * Puts an entry into a source's changelog that makes dpkg build all under that version, and name the source by its own:
 * deb-changelog(5), `binary-only`.
 */
export function rebuildCommand(rebuilt: Rebuilt, folder: string): BuildCommand {
  const script =
    'printf "%s\\n\\n" "$ENTRY" | cat - debian/changelog >../changelog && cat ../changelog >debian/changelog && rm ../changelog';
  return { argv: ['sh', '-ec', script], folder, variables: { ENTRY: entryOf(rebuilt) } };
}

/** Whether the entry of an archive's builder is for this very rebuild. */
export function isEntryOf({ source, version, changes = '' }: Rebuilt): boolean {
  return changes.startsWith(`${source} (${version}) `) && /^[^\n;]*;[^\n]*\bbinary-only=yes\b/.test(changes);
}

function entryOf(rebuilt: Rebuilt): string {
  const { changes = '', source, version, codename, architecture, at } = rebuilt;
  if (isEntryOf(rebuilt)) return changes.trimEnd();
  const date = new Date(at * 1000).toUTCString().replace('GMT', '+0000');
  return [
    `${source} (${version}) ${codename}; urgency=low, binary-only=yes`,
    `  * Binary-only non-maintainer upload for ${architecture}; no source changes.`,
    ` -- reproman <root@localhost>  ${date}`,
  ].join('\n\n');
}
