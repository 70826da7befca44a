import { Readable } from 'node:stream';
import { decompress, suffixes } from '../../filesystem/decompress.js';
import type { HeaderRange } from './same-header.js';

/** What a repository's index says of a package. */
export interface Indexed {
  /** `name-[epoch:]version-release.architecture`; an epoch of 0 is not written. */
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  readonly location: string;
  readonly sha256?: string;
  readonly size?: number;
  /** Seconds since 1970. */
  readonly built?: number;
  readonly header?: HeaderRange;
}

/** The packages of a `primary.xml`, compressed or not. https://github.com/rpm-software-management/createrepo_c */
export async function* readPrimary(content: Buffer, name: string): AsyncGenerator<Indexed> {
  const suffix = suffixes.find((each) => each !== '' && name.endsWith(each)) ?? '';
  let rest = '';
  for await (const chunk of decompress(Readable.from([content], { objectMode: false }), suffix, name)) {
    const parts = (rest + chunk.toString('latin1')).split('</package>');
    rest = parts.pop() ?? '';
    for (const part of parts) {
      const found = readPackage(part);
      if (found) yield found;
    }
  }
}

function readPackage(text: string): Indexed | undefined {
  const name = /<name>([^<]+)</.exec(text)?.[1];
  const architecture = /<arch>([^<]+)</.exec(text)?.[1];
  const version = attributes(text, 'version');
  const location = attributes(text, 'location').get('href');
  if (name === undefined || architecture === undefined || location === undefined) return undefined;
  const epoch = version.get('epoch') ?? '0';
  const sha256 = /<checksum type="sha256"[^>]*>([0-9a-f]{64})</.exec(text)?.[1];
  const size = Number(attributes(text, 'size').get('package') ?? Number.NaN);
  const range = attributes(text, 'rpm:header-range');
  const header = { start: Number(range.get('start')), end: Number(range.get('end')) };
  const built = Number(attributes(text, 'time').get('build') ?? Number.NaN);
  const own = {
    name: unescaped(name),
    version: `${epoch === '0' ? '' : `${epoch}:`}${version.get('ver')}-${version.get('rel')}`,
  };
  return {
    id: `${own.name}-${own.version}.${architecture}`,
    ...own,
    architecture,
    location,
    ...(sha256 === undefined ? {} : { sha256 }),
    ...(Number.isSafeInteger(size) ? { size } : {}),
    ...(Number.isSafeInteger(built) ? { built } : {}),
    ...(header.end > header.start ? { header } : {}),
  };
}

function attributes(text: string, element: string): Map<string, string> {
  const found = new RegExp(`<${element} ([^>]*)>`).exec(text)?.[1] ?? '';
  return new Map([...found.matchAll(/([\w:]+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key, unescaped(value)]));
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function unescaped(text: string): string {
  return text.replace(/&(\w+);/g, (whole, name: string) => entities[name] ?? whole);
}
