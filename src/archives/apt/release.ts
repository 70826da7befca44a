import { fieldOf, parseStanza, type Stanza } from './deb822.js';

/** What a Release file says of its archive (Debian repository format). */
export interface Release {
  readonly origin?: string;
  readonly label?: string;
  readonly codename?: string;
  /** ISO 8601, UTC. */
  readonly date?: string;
}

/** Reads a Release file, or an InRelease file with its signature around it. */
export function parseRelease(text: string): Release {
  const stanza = stanzaOf(text);
  const date = isoDate(fieldOf(stanza, 'Date'));
  const textOf = (name: string) => fieldOf(stanza, name) || undefined;
  const [origin, label, codename] = ['Origin', 'Label', 'Codename'].map(textOf);
  return {
    ...(origin ? { origin } : {}),
    ...(label ? { label } : {}),
    ...(codename ? { codename } : {}),
    ...(date ? { date } : {}),
  };
}

/** The SHA-256 of each file that a Release file names, by its path below the suite. */
export function hashesInRelease(text: string): Map<string, string> {
  const lines = (fieldOf(stanzaOf(text), 'SHA256') ?? '').split('\n');
  const entries = lines.flatMap((line) => {
    const [, hash, path] = /^\s*([0-9a-f]{64})\s+\d+\s+(\S+)$/.exec(line) ?? [];
    return hash && path ? [[path, hash] as const] : [];
  });
  return new Map(entries);
}

/** Until when a Release file holds, in seconds since 1970; undefined where it holds for ever. */
export function validUntil(text: string): number | undefined {
  const date = isoDate(fieldOf(stanzaOf(text), 'Valid-Until'));
  return date === undefined ? undefined : Date.parse(date) / 1000;
}

function stanzaOf(text: string): Stanza {
  return parseStanza(bodyOf(text));
}

/** A text without the signature around it. */
export function bodyOf(text: string): string {
  return text
    .replace(/^-----BEGIN PGP SIGNED MESSAGE-----[\s\S]*?\n\n/, '')
    .replace(/\n-----BEGIN PGP[\s\S]*$/, '')
    .replace(/^- /gm, '');
}

function isoDate(text: string | undefined): string | undefined {
  if (!text) return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : new Date(time).toISOString().replace(/\.\d+Z$/, 'Z');
}
