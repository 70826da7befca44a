import { z } from 'zod';
import { ReproError } from '../../errors.js';
import { sha256 } from '../../hash.js';
import { type FilePath, showPath } from '../../model/file-path.js';
import { pathTextSchema } from '../../model/schemas.js';
import { looksLikeText } from '../../proof/formats/lines.js';
import type { ReadOptions, Source } from '../../sources/source.js';
import { contentAsked, openContents } from '../contents.js';
import { type ElfFacts, readElf } from './elf.js';
import { listingOf } from './listing.js';
import { unifiedDiff } from './text-diff.js';

/** One file of two sources, side by side. */
export const shownFileSchema = z.strictObject({
  path: pathTextSchema,
  equal: z.boolean(),
  as: z
    .enum(['text', 'elf', 'archive', 'bytes'])
    .describe(
      'what of the files is compared: their text, what the linker reads of them, the list of their members, or only their bytes',
    ),
  diff: z.string().describe('a unified diff; empty where nothing differs'),
});

export type ShownFile = z.infer<typeof shownFileSchema>;

/** Larger files are not shown. */
const mostShown = 500_000_000;

/** Shows how a file differs; where only one of the sources has it, all of it does. */
export async function showFile(
  [one, other]: readonly [Source, Source],
  path: FilePath,
  options: Omit<ReadOptions, 'hash'>,
): Promise<ShownFile> {
  const before = await readFrom(one, path, options);
  const after = await readFrom(other, path, options);
  if (!before && !after)
    throw new ReproError('usage', `neither ${one.name} nor ${other.name} has this file`, { where: showPath(path) });
  const nameIn = (source: Source, content: Buffer | undefined) =>
    content ? `${source.name}:${showPath(path)}` : '/dev/null';
  const names = [nameIn(one, before), nameIn(other, after)] as const;
  const [content, otherContent] = [before ?? Buffer.alloc(0), after ?? Buffer.alloc(0)];
  const isEqual = before !== undefined && after !== undefined && before.equals(after);
  return { path: showPath(path), equal: isEqual, ...(await contentDiff(content, otherContent, names)) };
}

async function readFrom(
  source: Source,
  path: FilePath,
  options: Omit<ReadOptions, 'hash'>,
): Promise<Buffer | undefined> {
  await using contents = await openContents(source, mostShown, options);
  return await contentAsked(contents, path, { name: source.name, most: mostShown });
}

/** By what both files are: the most telling way to set them side by side. */
export async function contentDiff(
  before: Buffer,
  after: Buffer,
  names: readonly [string, string],
): Promise<Pick<ShownFile, 'as' | 'diff'>> {
  const [elf, otherElf] = [readElf(before), readElf(after)];
  if (elf && otherElf)
    return { as: 'elf', diff: unifiedDiff(elfText(elf), elfText(otherElf), names) || bytesDiff(before, after, names) };
  const [list, otherList] = [await listingOf(before), await listingOf(after)];
  if (list !== undefined && otherList !== undefined)
    return { as: 'archive', diff: unifiedDiff(list, otherList, names) || bytesDiff(before, after, names) };
  if (looksLikeText(before) && looksLikeText(after))
    return { as: 'text', diff: unifiedDiff(before.toString('utf8'), after.toString('utf8'), names) };
  return { as: 'bytes', diff: bytesDiff(before, after, names) };
}

/** For what has no better way, or is the same in that. */
function bytesDiff(before: Buffer, after: Buffer, names: readonly [string, string]): string {
  if (before.equals(after)) return '';
  let at = 0;
  while (at < before.length && before[at] === after[at]) at++;
  const tell = (content: Buffer) =>
    `${content.length} bytes\nsha256 ${sha256(content)}\nfirst different byte at ${at}: ${content[at]?.toString(16) ?? 'the end'}\n`;
  return unifiedDiff(tell(before), tell(after), names);
}

function elfText({
  machine,
  bits,
  soname,
  interpreter,
  runpath,
  needed,
  defined,
  undefined: wanted,
}: ElfFacts): string {
  const lines = [
    `machine ${machine}, ${bits} bits`,
    ...(soname === undefined ? [] : [`soname ${soname}`]),
    ...(interpreter === undefined ? [] : [`interpreter ${interpreter}`]),
    ...(runpath === undefined ? [] : [`runpath ${runpath}`]),
    ...needed.map((name) => `needs ${name}`),
    ...defined.map((name) => `defines ${name}`),
    ...wanted.map((name) => `wants ${name}`),
  ];
  return lines.map((line) => `${line}\n`).join('');
}
