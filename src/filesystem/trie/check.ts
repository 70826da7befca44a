import type { Labels } from './labels.js';
import type { SectionReader } from './section-reader.js';

const slash = 47;
const none = -1;

interface PlacesToCheck {
  readonly labels: Labels;
  readonly parents: Int32Array;
  readonly names: Int32Array;
}

/** Each place comes after its parent, siblings in the order of their bytes and none of them twice; names are names. */
export function checkPlaces(reader: SectionReader, { labels, parents, names }: PlacesToCheck): void {
  checkLabels(reader, labels);
  if (parents[0] !== none || names[0] !== 0) throw reader.fail('parents', 'does not begin with the root');
  const lastNames = new Int32Array(parents.length).fill(none);
  for (let node = 1; node < parents.length; node++) {
    const parent = parents[node] ?? none;
    const name = names[node] ?? none;
    if (parent < 0 || parent >= node) throw reader.fail('parents', `puts place ${node} below what is none`);
    if (name < 1 || name >= labels.size) throw reader.fail('names', `gives place ${node} a name that is none`);
    const last = lastNames[parent] ?? none;
    if (last !== none && labels.compare(last, name) >= 0) {
      throw reader.fail('names', `has place ${node} out of order`);
    }
    lastNames[parent] = name;
  }
}

/** The first label is the root's. */
function checkLabels(reader: SectionReader, labels: Labels): void {
  const { bytes, ends } = labels.view();
  let before = 0;
  for (const [label, end] of ends.entries()) {
    if (end <= before || end > bytes.length) throw reader.fail('labelEnds', `is out of order at label ${label}`);
    before = end;
  }
  if (before !== bytes.length) throw reader.fail('labels', `has ${bytes.length - before} bytes too many`);
  if (bytes[0] !== slash || ends[0] !== 1) throw reader.fail('labels', 'does not begin with the root');
  if (bytes.indexOf(slash, 1) !== none) throw reader.fail('labels', 'has a name with a slash');
}

/** The first set is the one without tags. */
export function checkSets(reader: SectionReader, ends: Int32Array, setTags: Int32Array, tagCount: number): void {
  if (ends[0] !== 0) throw reader.fail('setEnds', 'does not begin with the set without tags');
  let at = 0;
  for (const [set, end] of ends.entries()) {
    if (end < at || end > setTags.length || (set > 0 && end === at)) {
      throw reader.fail('setEnds', `is out of order at set ${set}`);
    }
    for (let before = none; at < end; at++) {
      const tag = setTags[at] ?? none;
      if (tag <= before || tag >= tagCount) throw reader.fail('setTags', `has a tag that is none in set ${set}`);
      before = tag;
    }
  }
  if (at !== setTags.length) throw reader.fail('setTags', `has ${setTags.length - at} tags too many`);
}

interface ValuesToCheck {
  readonly sets: Int32Array;
  readonly valueSets: Int32Array;
  readonly valueCounts: Uint32Array;
  readonly setCount: number;
}

/** All have a set, and the places have as many values as there are. Only the root may be in no environment. */
export function checkValues(reader: SectionReader, { sets, valueSets, valueCounts, setCount }: ValuesToCheck): void {
  checkNumbers(reader, 'sets', sets, setCount);
  checkNumbers(reader, 'valueSets', valueSets, setCount);
  let rows = 0;
  for (const count of valueCounts) rows += count;
  if (rows !== valueSets.length) throw reader.fail('valueCounts', `has ${rows} values of ${valueSets.length}`);
}

function checkNumbers(reader: SectionReader, name: string, sets: Int32Array, setCount: number): void {
  for (let at = 0; at < sets.length; at++) {
    const set = sets[at] ?? none;
    const least = name === 'sets' && at === 0 ? 0 : 1;
    if (set < least || set >= setCount) throw reader.fail(name, `names no set in row ${at}`);
  }
}
