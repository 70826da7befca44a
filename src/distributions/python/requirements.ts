import { evaluateMarker, type Marker, type MarkerEnvironment, parseMarker } from './markers.js';
import { normalizeName } from './names.js';
import { parseSpecifiers, type Specifier } from './specifiers.js';

/** What a package asks for: `name[extra] >=1,<2 ; marker`. https://peps.python.org/pep-0508/ */
export interface Requirement {
  /** Normalized. */
  readonly name: string;
  readonly extras: readonly string[];
  readonly specifiers: readonly Specifier[];
  /** The address of `name @ URL`. */
  readonly url?: string;
  readonly marker?: Marker;
}

/** Reads one `Requires-Dist` or a line of `requires.txt`; undefined where it cannot be read. */
export function parseRequirement(text: string): Requirement | undefined {
  const head = /^\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[([^\]]*)\])?\s*/.exec(text);
  if (!head?.[1]) return undefined;
  const rest = text.slice(head[0].length);
  const address = /^@\s*(\S+)\s*(?:;(.*))?$/.exec(rest);
  const semicolon = rest.indexOf(';');
  const bounds = address ? '' : (semicolon < 0 ? rest : rest.slice(0, semicolon)).trim();
  const condition = address ? address[2] : semicolon < 0 ? undefined : rest.slice(semicolon + 1);
  const specifiers = parseSpecifiers(bounds.replace(/^\((.*)\)$/, '$1'));
  const marker = condition === undefined ? undefined : parseMarker(condition);
  if (!specifiers || (condition !== undefined && !marker)) return undefined;
  const extras = (head[2] ?? '').split(',').map((extra) => normalizeName(extra.trim()));
  return {
    name: normalizeName(head[1]),
    extras: extras.filter((extra) => extra !== ''),
    specifiers,
    ...(address?.[1] ? { url: address[1] } : {}),
    ...(marker ? { marker } : {}),
  };
}

/** Whether a requirement counts where it is asked for with these extras, and always without one. */
export function applies(
  { marker }: Requirement,
  environment: MarkerEnvironment,
  extras: ReadonlySet<string> = new Set(),
): boolean {
  if (!marker) return true;
  return ['', ...extras].some((extra) => evaluateMarker(marker, environment, extra));
}
