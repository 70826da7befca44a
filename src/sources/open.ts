import { basename } from 'node:path';
import { withoutCredentials } from '../archives/http.js';
import { forcedFormat, listFormatNames } from '../filesystem/lists/read.js';
import type { OpenOptions } from './kind.js';
import { openAddress } from './kinds/address.js';
import { openFile, whatLiesAt } from './kinds/file.js';
import { openForcedList } from './kinds/lists.js';
import { openResourceSource } from './kinds/resource.js';
import { sourceKinds } from './registry.js';
import type { OpenSource, ReadOptions, Source } from './source.js';

const kindNames = Object.values(sourceKinds).map(({ usage }) => usage);

/** The ways to name what is compared, for help and messages. */
export const sourceNames = [
  ...['SNAPSHOT.trie[#TAG]', 'LIST[.gz|.zst]', 'a tar, SIF or image archive', 'http(s):// of any of these', 'SPEC.yml'],
  ...['a folder', 'a resource', ...kindNames, `FORMAT:LIST (${listFormatNames.join(', ')})`],
].join(', ');

/** For the help of verbs, below what they do. */
export const aboutSources = `A source is ${sourceNames}. NAME=SOURCE names it.`;

/** `NAME=SOURCE` gives a source another name than its own. Names are told apart by numbers where they are the same. */
export function sourcesOf(texts: readonly string[]): Source[] {
  const taken = new Map<string, number>();
  return texts.map((asked) => {
    const given = /^([^=/:]+)=(.+)$/s.exec(asked);
    const text = given?.[2] ?? asked;
    const name = given?.[1] ?? nameOf(text);
    const times = (taken.get(name) ?? 0) + 1;
    taken.set(name, times);
    return { text, name: times === 1 ? name : `${name} (${times})` };
  });
}

/** Opens a source. It is read while its entries are asked for. */
export async function openSource({ text }: Source, options: ReadOptions): Promise<OpenSource> {
  const asked: OpenOptions = { ...options, text };
  if (isAddress(text)) return openAddress(text, asked);
  const kind = kindOf(text);
  if (kind) return kind.kind.open(kind.rest, asked);
  const forced = forcedFormat(text);
  if (forced && isAddress(forced.rest)) return openAddress(forced.rest, asked, forced.format);
  if (forced) return openForcedList(forced, asked);
  const found = await whatLiesAt(text);
  return found === undefined ? openResourceSource(text, asked, sourceNames) : openFile(text, found, asked);
}

/** A source as it was asked for, but for the password of an address. */
export function withoutPassword(text: string): string {
  const [, format = '', url] = /^([\w-]+:)?(https?:\/\/.*)$/s.exec(text) ?? [];
  return url === undefined ? text : `${format}${withoutCredentials(url)}`;
}

function isAddress(text: string): boolean {
  return /^https?:\/\//.test(text);
}

function kindOf(text: string) {
  const colon = text.indexOf(':');
  const name = text.slice(0, Math.max(colon, 0));
  if (!Object.hasOwn(sourceKinds, name)) return undefined;
  const kind = sourceKinds[name];
  return kind && { kind, rest: text.slice(colon + 1) };
}

/** Of a file its name without endings; of all else what was asked for, without a password. */
function nameOf(text: string): string {
  if (isAddress(text) || kindOf(text) || forcedFormat(text)) return withoutPassword(text);
  const name = basename(text).replace(
    /(?:\.files)?(?:\.(?:json|txt|yml|yaml|trie|tar|tgz|sif))?(?:\.(?:gz|zst|xz))?$/,
    '',
  );
  return name || text;
}
