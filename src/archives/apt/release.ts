import { fieldOf, parseStanza } from './deb822.js';

/** What a Release file says of its archive (Debian repository format). */
export interface Release {
  readonly origin?: string;
  readonly label?: string;
  readonly suite?: string;
  readonly codename?: string;
  /** ISO 8601, UTC. */
  readonly date?: string;
  readonly validUntil?: string;
  readonly components: readonly string[];
  readonly acquireByHash: boolean;
}

/** Reads a Release file, or an InRelease file with its signature around it. */
export function parseRelease(text: string): Release {
  const body = text
    .replace(/^-----BEGIN PGP SIGNED MESSAGE-----[\s\S]*?\n\n/, '')
    .replace(/\n-----BEGIN PGP[\s\S]*$/, '');
  const stanza = parseStanza(body.replace(/^- /gm, ''));
  const date = isoDate(fieldOf(stanza, 'Date'));
  const validUntil = isoDate(fieldOf(stanza, 'Valid-Until'));
  const textOf = (name: string) => fieldOf(stanza, name) || undefined;
  const [origin, label, suite, codename] = ['Origin', 'Label', 'Suite', 'Codename'].map(textOf);
  return {
    ...(origin ? { origin } : {}),
    ...(label ? { label } : {}),
    ...(suite ? { suite } : {}),
    ...(codename ? { codename } : {}),
    ...(date ? { date } : {}),
    ...(validUntil ? { validUntil } : {}),
    components: (fieldOf(stanza, 'Components') ?? '').split(/\s+/).filter(Boolean),
    acquireByHash: /^yes$/i.test(fieldOf(stanza, 'Acquire-By-Hash') ?? ''),
  };
}

function isoDate(text: string | undefined): string | undefined {
  if (!text) return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : new Date(time).toISOString().replace(/\.\d+Z$/, 'Z');
}
