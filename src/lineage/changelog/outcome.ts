import { ReproError } from '../../errors.js';

/** Measured outcomes: of each metric the value of each version that has one. */
export type Outcomes = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** Reads CSV (RFC 4180): a line of titles, `version` first, then a line for each version; an empty cell is no value. */
export function parseOutcomes(text: string, where: string): Outcomes {
  const [titles, ...rows] = cellsOf(text.replace(/^\uFEFF/, ''), where);
  if (!titles || titles.length < 2) throw notMetrics(where, 'it has no line of titles: version, and a metric');
  const metrics = titles.slice(1).map((title) => title.trim());
  const outcomes = new Map(metrics.map((metric) => [metric, new Map<string, number>()]));
  if (outcomes.size !== metrics.length || metrics.includes('')) {
    throw notMetrics(where, 'two of its titles are the same, or one is empty');
  }
  for (const [at, cells] of rows.entries()) {
    if (cells.length !== titles.length) {
      throw notMetrics(`${where}: line ${at + 2}`, `it has ${cells.length} cells, the titles are ${titles.length}`);
    }
    const version = (cells[0] ?? '').trim();
    for (const [column, metric] of metrics.entries()) {
      const cell = (cells[column + 1] ?? '').trim();
      if (cell === '') continue;
      const value = Number(cell);
      if (!Number.isFinite(value)) throw notMetrics(`${where}: line ${at + 2}`, `${JSON.stringify(cell)} is no number`);
      if (outcomes.get(metric)?.has(version)) {
        throw notMetrics(`${where}: line ${at + 2}`, `${JSON.stringify(version)} is there twice`);
      }
      outcomes.get(metric)?.set(version, value);
    }
  }
  return outcomes;
}

function cellsOf(text: string, where: string): string[][] {
  const rows: string[][] = [];
  const pattern = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y;
  let row: string[] = [];
  while (pattern.lastIndex < text.length || row.length > 0) {
    const start = pattern.lastIndex;
    const match = pattern.exec(text);
    if (!match) throw notMetrics(`${where}: line ${rows.length + 1}`, 'a quote in it is in no place for one');
    row.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
    if (match[3] === ',') continue;
    if (row.length > 1 || row[0] !== '') rows.push(row);
    row = [];
    if (pattern.lastIndex === start && match[3] === '') break;
  }
  return rows;
}

function notMetrics(where: string, why: string): ReproError {
  return new ReproError('usage', `these are no outcomes: ${why}`, {
    where,
    remedy: 'give CSV such as: version,accuracy (titles), then a line like: v1,0.93',
  });
}
