import { type Differences, nothing } from '../../comparison/differences.js';
import { differenceOutside } from '../../comparison/number-text.js';
import { sideBySide } from '../../comparison/side-by-side.js';
import { isNear, type Tolerance } from '../../comparison/tolerance.js';
import { linesOf } from '../lines.js';
import type { PdfDocument } from './document.js';
import { type PdfDictionary, PdfName, PdfReference, PdfStream, PdfText, type PdfValue } from './syntax.js';

/** A place by the steps that lead to it: a chain of objects may be long. */
interface Place {
  readonly step: string;
  readonly above: Place | undefined;
}

interface Pair {
  readonly place: Place;
  readonly expected: PdfValue;
  readonly found: PdfValue;
}

/** Keys whose values are of the moment. */
const momentary = new Set(['CreationDate', 'ModDate', 'LastModified', 'Producer']);
/** Keys of a stream that say how it is stored. */
const storage = new Set(['Length', 'Filter', 'DecodeParms', 'DL']);
/** Parts of a line of page content that are compared as they are: texts, and bytes in hexadecimal. */
const texts = /\((?:[^()\\]|\\.)*\)|<[^<>]*>/g;

/** Compares what two documents lead to from their roots, whatever numbers their objects have. */
export function comparePdf(expected: PdfDocument, found: PdfDocument, tolerance: Tolerance, report: Differences): void {
  const walk = new Walk(expected, found, tolerance, report);
  walk.compare({ step: '/Info', above: undefined }, expected.information, found.information);
  walk.compare({ step: '/Root', above: undefined }, expected.root, found.root);
}

class Walk {
  readonly #seen = new Set<string>();

  constructor(
    private readonly before: PdfDocument,
    private readonly after: PdfDocument,
    private readonly tolerance: Tolerance,
    private readonly report: Differences,
  ) {}

  /** Without recursion: how deep objects lead is up to the file. */
  compare(place: Place, expected: PdfValue, found: PdfValue): void {
    const open: Pair[] = [{ place, expected, found }];
    for (let pair = open.pop(); pair !== undefined; pair = open.pop()) {
      if (this.#isNew(pair)) for (const inner of this.#inside(pair).reverse()) open.push(inner);
    }
  }

  #isNew({ expected, found }: Pair): boolean {
    if (!(expected instanceof PdfReference) || !(found instanceof PdfReference)) return true;
    const key = `${expected.object} ${found.object}`;
    if (this.#seen.has(key)) return false;
    this.#seen.add(key);
    return true;
  }

  /** Tells what differs of a pair itself; what is inside of it is compared next. */
  #inside({ place, expected: one, found: other }: Pair): Pair[] {
    const expected = this.before.resolve(one);
    const found = this.after.resolve(other);
    if (expected instanceof PdfStream && found instanceof PdfStream) return this.#streams(place, expected, found);
    if (expected instanceof Map && found instanceof Map) return entries(place, expected, found, momentary);
    if (Array.isArray(expected) && Array.isArray(found)) {
      return Array.from({ length: Math.max(expected.length, found.length) }, (_, at) => ({
        place: { step: `/${at}`, above: place },
        expected: expected[at] ?? null,
        found: found[at] ?? null,
      }));
    }
    if (!this.#isSame(expected, found)) this.#tell(place, show(expected), show(found));
    return [];
  }

  #isSame(expected: PdfValue, found: PdfValue): boolean {
    if (expected === found) return true;
    if (typeof expected === 'number' && typeof found === 'number') return isNear(expected, found, this.tolerance);
    if (expected instanceof PdfText && found instanceof PdfText) return expected.text === found.text;
    return expected instanceof PdfName && found instanceof PdfName && fontName(expected) === fontName(found);
  }

  #streams(place: Place, expected: PdfStream, found: PdfStream): Pair[] {
    const [before, after] = [this.before.decode(expected), this.after.decode(found)];
    this.#data(place, expected.dictionary, before.data, after.data);
    const coding = { place: { step: '/Filter', above: place }, expected: before.coding, found: after.coding };
    return [coding, ...entries(place, expected.dictionary, found.dictionary, new Set([...momentary, ...storage]))];
  }

  #data(place: Place, dictionary: PdfDictionary, expected: Buffer, found: Buffer): void {
    if (expected.equals(found)) return;
    if (nameAt(dictionary, 'Type') === 'Metadata') {
      if (withoutMoments(expected) !== withoutMoments(found)) this.#tell(place, 'metadata', 'other metadata');
    } else if (isPageContent(place, dictionary)) {
      this.#lines(place, expected, found);
    } else {
      this.#tell(place, `a stream of ${expected.length} bytes`, `another one of ${found.length} bytes`);
    }
  }

  #lines(place: Place, expected: Buffer, found: Buffer): void {
    let line = 0;
    for (const [one, other] of sideBySide(linesOf(expected), linesOf(found))) {
      line++;
      if (one === other || (one !== undefined && other !== undefined && this.#isNearLine(one, other))) continue;
      this.#tell({ step: `, line ${line}`, above: place }, one ?? nothing, other ?? nothing);
    }
  }

  #isNearLine(one: string, other: string): boolean {
    return differenceOutside(texts, one, other, this.tolerance) === undefined;
  }

  #tell(place: Place, expected: string, found: string): void {
    this.report.add(() => ({ at: pathOf(place), expected, found }));
  }
}

function entries(above: Place, expected: PdfDictionary, found: PdfDictionary, without: ReadonlySet<string>): Pair[] {
  return [...new Set([...expected.keys(), ...found.keys()])]
    .filter((key) => !without.has(key))
    .map((key) => ({
      place: { step: `/${key}`, above },
      expected: expected.get(key) ?? null,
      found: found.get(key) ?? null,
    }));
}

function isPageContent(place: Place, dictionary: PdfDictionary): boolean {
  return place.step === '/Contents' || place.above?.step === '/Contents' || nameAt(dictionary, 'Subtype') === 'Form';
}

function nameAt(dictionary: PdfDictionary, key: string): string | undefined {
  const value = dictionary.get(key);
  return value instanceof PdfName ? value.name : undefined;
}

/** A part of a font has a tag of six letters before its name, which may be any. */
function fontName({ name }: PdfName): string {
  return name.replace(/^[A-Z]{6}\+/, '');
}

/** XMP without its dates and identities, as elements or as attributes. */
function withoutMoments(xmp: Buffer): string {
  const names = '(?:xmp:(?:Create|Modify|Metadata)Date|xmpMM:(?:Document|Instance)ID|pdf:Producer)';
  return xmp
    .toString('latin1')
    .replace(new RegExp(`<(${names})>[^<]*</\\1>|${names}=(?:"[^"]*"|'[^']*')`, 'g'), '')
    .replace(/rdf:about=(?:"[^"]*"|'[^']*')/g, '');
}

function pathOf(place: Place): string {
  const steps: string[] = [];
  for (let at: Place | undefined = place; at !== undefined; at = at.above) steps.push(at.step);
  return steps.reverse().join('');
}

function show(value: PdfValue): string {
  if (value === null) return nothing;
  if (value instanceof PdfName) return `/${value.name}`;
  if (value instanceof PdfText) return `(${value.text})`;
  if (value instanceof PdfStream) return `a stream of ${value.data.length} bytes`;
  if (value instanceof Map) return `a dictionary of ${value.size}`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return String(value);
}
