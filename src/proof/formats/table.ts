import type { ComparatorName, ComparatorParameters } from '../../spec/document/comparators.js';
import { CannotTell, comparator } from '../comparison/comparator.js';
import { type Differences, shownBytes } from '../comparison/differences.js';
import { sideBySide } from '../comparison/side-by-side.js';
import { isSameNumber, numberIn } from '../comparison/tolerance.js';
import { csvRows } from './csv.js';
import { looksLikeText } from './lines.js';

type Parameters = ComparatorParameters['csv'];

interface Table {
  /** Names of columns where the first row has them. */
  readonly header: readonly string[] | undefined;
  readonly rows: Iterable<Row>;
}

interface Row {
  /** From 1, the header among them. */
  readonly number: number;
  readonly cells: readonly string[];
}

/** Tables cell by cell. */
export function tableComparator<Name extends Extract<ComparatorName, 'csv' | 'tsv'>>(name: Name, delimiter: string) {
  return comparator<Name, Table>({
    name,
    allows: 'quotes, line ends and how numbers are written',
    recognizes: (content, path) => path.endsWith(`.${name}`) && looksLikeText(content),
    read: (content, parameters) => readTable(content, delimiter, parameters),
    compare: (expected, found, parameters, report) => compareTables(expected, found, parameters, report),
  });
}

function readTable(content: Buffer, delimiter: string, parameters: Parameters): Table {
  const rows = numbered(csvRows(content, delimiter));
  const first = parameters.header === false ? undefined : rows.next();
  const header = first?.done === false ? first.value.cells : undefined;
  return { header, rows: parameters.unordered ? sorted(rows) : rows };
}

function* numbered(rows: Iterable<readonly string[]>): Generator<Row, void> {
  let number = 0;
  for (const cells of rows) yield { number: ++number, cells };
}

function compareTables(expected: Table, found: Table, parameters: Parameters, report: Differences): void {
  const counts = columnsThatCount(expected.header, parameters.ignore);
  const nameOf = (column: number) => shownBytes(expected.header?.[column] ?? String(column + 1));
  if (expected.header !== undefined || found.header !== undefined) {
    const exact = { expected: expected.header, found: found.header, number: 1, tolerance: {} };
    compareRows(exact, counts, (column) => String(column + 1), report);
  }
  for (const [one, other] of sideBySide(expected.rows, found.rows)) {
    const number = one?.number ?? other?.number ?? 0;
    compareRows({ expected: one?.cells, found: other?.cells, number, tolerance: parameters }, counts, nameOf, report);
  }
}

interface RowPair {
  readonly expected: readonly string[] | undefined;
  readonly found: readonly string[] | undefined;
  readonly number: number;
  readonly tolerance: Parameters;
}

function compareRows(
  { expected, found, number, tolerance }: RowPair,
  counts: (column: number) => boolean,
  nameOf: (column: number) => string,
  report: Differences,
): void {
  if (expected === undefined || found === undefined) {
    const tell = (cells: readonly string[] | undefined) => shownBytes(cells?.join(', '));
    report.add(() => ({ at: `row ${number}`, expected: tell(expected), found: tell(found) }));
    return;
  }
  for (let column = 0; column < Math.max(expected.length, found.length); column++) {
    const [one, other] = [expected[column], found[column]];
    if (one === other || !counts(column)) continue;
    if (one !== undefined && other !== undefined && isSameNumber(one.trim(), other.trim(), tolerance)) continue;
    const at = `row ${number}, column ${nameOf(column)}`;
    report.add(() => ({ at, expected: shownBytes(one), found: shownBytes(other) }));
  }
}

function columnsThatCount(header: readonly string[] | undefined, ignored: readonly string[] = []) {
  const names = new Set(ignored.map((name) => Buffer.from(name).toString('latin1')));
  return (column: number) => !names.has(header?.[column] ?? '') && !names.has(String(column + 1));
}

/** Rows in another order are all held in memory. */
const sortedLimit = 500_000;

/** By the cells that are no numbers first: numbers may be a little apart. */
function sorted(rows: Iterable<Row>): Row[] {
  const keyed: { readonly row: Row; readonly words: string; readonly numbers: readonly number[] }[] = [];
  for (const row of rows) {
    if (keyed.length === sortedLimit) throw new CannotTell(`more than ${sortedLimit} rows are not put in order`);
    const words = row.cells.filter((cell) => numberIn(cell.trim()) === undefined);
    const numbers = row.cells.flatMap((cell) => numberIn(cell.trim()) ?? []);
    keyed.push({ row, words: words.join('\0'), numbers });
  }
  keyed.sort((one, other) => {
    if (one.words !== other.words) return one.words < other.words ? -1 : 1;
    const at = one.numbers.findIndex((number, index) => !Object.is(number, other.numbers[index]));
    return at < 0 ? 0 : order(one.numbers[at] ?? 0, other.numbers[at] ?? 0);
  });
  return keyed.map(({ row }) => row);
}

/** NaN comes last: an order must be one. */
function order(one: number, other: number): number {
  if (Number.isNaN(one) || Number.isNaN(other)) return Number(Number.isNaN(one)) - Number(Number.isNaN(other));
  return one < other ? -1 : Number(one > other);
}
