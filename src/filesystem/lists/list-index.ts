import { z } from 'zod';
import { ReproError } from '../../errors.js';
import type { ListFormat, ListInput } from './format.js';
import { checked, jsonOf } from './json.js';

/** Lists that a message names. */
const mostShown = 20;

const rowSchema = z.looseObject({
  collection: z.string(),
  commit: z.string(),
  hash: z.string(),
  name: z.string(),
  url: z.string(),
});

/** One list of an index. */
export interface IndexedList {
  /** `COLLECTION@COMMIT`, and the hash where several lists of one commit differ in it alone. */
  readonly name: string;
  readonly url: string;
  readonly collection: string;
  readonly commit: string;
  readonly hash: string;
}

/**
 * The index of a static site of lists: `[{collection, commit, hash, name, url}, ..., {}]`; its template ends it with an
 * empty object, so that every row before may end with a comma. https://github.com/singularityhub/api (pages/files.json)
 */
export const listIndex: ListFormat = {
  title: 'index of lists of files',
  made: 'the site that has the lists',
  isIndex: true,
  isLike: ({ text }) => /^\s*\[\s*\{\s*"collection"\s*:/.test(text),
  // biome-ignore lint/correctness/useYield: an index has no entries of its own
  async *read(input: ListInput) {
    const lists = await readIndex(input);
    throw new ReproError('usage', `this is an index of ${lists.length} lists of files, and no list itself`, {
      where: input.where,
      ...(lists.length > 0 && { remedy: `give one: ${shown(lists)}` }),
    });
  },
};

function shown(lists: readonly IndexedList[]): string {
  const urls = lists.slice(0, mostShown).map(({ url }) => url);
  return [...urls, ...(lists.length > mostShown ? ['...'] : [])].join(', ');
}

/** The lists that an index names. */
export async function readIndex(input: Pick<ListInput, 'content' | 'where'>): Promise<readonly IndexedList[]> {
  const { where } = input;
  const found = await jsonOf(input, listIndex);
  const rows = checked(z.array(z.looseObject({})), found, listIndex, where);
  const isEnd = (row: object, at: number) => at === rows.length - 1 && Object.keys(row).length === 0;
  const lists = rows.flatMap((row, at) => {
    if (isEnd(row, at)) return [];
    const { collection, commit, hash, url } = checked(rowSchema, row, listIndex, `${where}, entry ${at + 1}`);
    return [{ name: `${collection}@${commit}`, url, collection, commit, hash }];
  });
  const times = new Map<string, number>();
  for (const { name } of lists) times.set(name, (times.get(name) ?? 0) + 1);
  return lists.map((each) => ((times.get(each.name) ?? 0) > 1 ? { ...each, name: `${each.name}/${each.hash}` } : each));
}
