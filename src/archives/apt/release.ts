import { fieldOf, parseStanza } from './deb822.js';

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
  const body = text
    .replace(/^-----BEGIN PGP SIGNED MESSAGE-----[\s\S]*?\n\n/, '')
    .replace(/\n-----BEGIN PGP[\s\S]*$/, '');
  const stanza = parseStanza(body.replace(/^- /gm, ''));
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

function isoDate(text: string | undefined): string | undefined {
  if (!text) return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : new Date(time).toISOString().replace(/\.\d+Z$/, 'Z');
}
