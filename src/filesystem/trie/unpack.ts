import { z } from 'zod';
import { checkPlaces, checkSets, checkValues } from './check.js';
import type { Numbers } from './columns.js';
import { Labels } from './labels.js';
import { numberColumns } from './pack.js';
import { type NumbersKind, SectionReader } from './section-reader.js';
import { TagSets } from './tag-sets.js';
import { Texts } from './texts.js';
import { FilesystemTrie } from './trie.js';
import { emptyColumns, fileTypes, hashLength, known, textFields, type ValueColumns } from './value-columns.js';
import { Values } from './values.js';

const environmentsSchema = z.strictObject({
  collapseRepeats: z.boolean().optional(),
  environments: z.array(z.strictObject({ tag: z.string(), facts: z.json().optional() })),
});
const textsSchema = z.array(z.string());

/** A trie from the sections of a file, without a path being looked at. `where`: for messages. */
export function unpackTrie(
  sections: ReadonlyMap<string, Buffer>,
  where: string,
): { trie: FilesystemTrie; facts: ReadonlyMap<string, unknown> } {
  const reader = new SectionReader(sections, where);
  const { environments, collapseRepeats } = reader.json('environments', environmentsSchema);
  const tags = environments.map(({ tag }) => tag);
  if (new Set(tags).size !== tags.length) throw reader.fail('environments', 'has a tag twice');
  const parents = reader.column('parents', Int32Array);
  const nodes = parents.length;
  const labels = new Labels({
    bytes: reader.column('labels', Uint8Array),
    ends: reader.column('labelEnds', Int32Array),
  });
  const names = reader.column('names', Int32Array, nodes);
  const setEnds = reader.column('setEnds', Int32Array);
  const setTags = reader.column('setTags', Int32Array);
  checkSets(reader, setEnds, setTags, tags.length);
  const tagSets = TagSets.of(setEnds, setTags);
  if (tagSets.size !== setEnds.length) throw reader.fail('setEnds', 'has a set twice');
  const sets = reader.column('sets', Int32Array, nodes);
  const valueSets = reader.column('valueSets', Int32Array);
  const valueCounts = reader.column('valueCounts', Uint32Array, nodes);
  checkPlaces(reader, { labels, parents, names });
  const values = unpackValues(reader, valueSets.length);
  checkValues(reader, { sets, valueSets, valueCounts, setCount: setEnds.length });
  const trie = new FilesystemTrie(
    { ...(collapseRepeats && { collapseRepeats }) },
    {
      ...{ labels, parents, names, sets, valueSets, valueCounts, values, tags },
      tagSets,
      counts: reader.column('counts', Uint32Array, nodes),
    },
  );
  const facts = new Map(environments.flatMap(({ tag, facts: told }) => (told === undefined ? [] : [[tag, told]])));
  return { trie, facts };
}

function unpackValues(reader: SectionReader, rows: number): Values {
  const columns = emptyColumns();
  const texts = reader.json('texts', textsSchema);
  if (new Set(texts).size !== texts.length) throw reader.fail('texts', 'has a text twice');
  for (const name of numberColumns) readColumn(reader, columns, name, rows);
  const { knows, types } = columns;
  if (knows.length !== rows) throw reader.fail('knows', `has ${knows.length} rows instead of ${rows}`);
  if (types.some((type) => type >= fileTypes.length)) throw reader.fail('types', 'names no type');
  for (const field of textFields) {
    readColumn(reader, columns, field, rows);
    const isText = (text: number, row: number) =>
      ((knows[row] ?? 0) & known[field]) === 0 || (text >= 0 && text < texts.length);
    if (!columns[field].every(isText)) throw reader.fail(field, 'names no text');
  }
  columns.hashes = spreadHashes(reader, knows);
  return new Values(rows, columns, new Texts(texts));
}

function readColumn(reader: SectionReader, columns: ValueColumns, name: keyof ValueColumns, rows: number): void {
  const kind = columns[name].constructor as NumbersKind<Numbers>;
  const column = reader.column(name, kind);
  // A column that no row needs is empty.
  if (column.length !== rows && column.length !== 0) throw reader.fail(name, `has not ${rows} rows`);
  Object.assign(columns, { [name]: column.length === rows ? column : new kind(rows) });
}

/** In a file only what is known has a hash, in memory every row has room for one. */
function spreadHashes(reader: SectionReader, knows: Uint16Array): Uint8Array<ArrayBuffer> {
  const packed = reader.bytes('hashes');
  const hashed = knows.reduce((count, bits) => count + ((bits & known.hash) === 0 ? 0 : 1), 0);
  if (packed.length !== hashed * hashLength) throw reader.fail('hashes', `has not ${hashed} hashes`);
  const hashes = new Uint8Array(hashed === 0 ? 0 : knows.length * hashLength);
  let at = 0;
  for (let row = 0; row < knows.length && at < packed.length; row++) {
    if (((knows[row] ?? 0) & known.hash) === 0) continue;
    hashes.set(packed.subarray(at, at + hashLength), row * hashLength);
    at += hashLength;
  }
  return hashes;
}
