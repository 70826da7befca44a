import { fileURLToPath } from 'node:url';
import type { BackendRow } from './every-backend.js';

/** The file that has the table, between two lines that no reader sees. */
export const readme = fileURLToPath(new URL('../../README.md', import.meta.url));

const [begin, end] = ['<!-- every backend: made by its test -->', '<!-- end of the table -->'];

/** The text with the table of these rows in the place of the one that it has. */
export function withTable(text: string, rows: readonly BackendRow[]): string {
  const [before, rest] = text.split(`${begin}\n`);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`the text has no place for the table: ${begin}`);
  return [before, begin, '\n', tableOf(rows), end, after].join('');
}

function tableOf(rows: readonly BackendRow[]): string {
  const head = ['backend', 'spec', 'tree digest', 'environment digest', 'run again', 'there only to live'];
  const lines = [...rows].sort(inReadingOrder).map((row) => {
    const { kind, proof, tree, environment, rerun, support } = row;
    return [`\`${kind}\``, proof, tree, environment, rerun, support.join(', ') || 'nothing'];
  });
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}

/** What all others are compared with first, and what is on another machine last. */
function inReadingOrder(one: BackendRow, other: BackendRow): number {
  const place = ({ kind }: BackendRow) => (kind === 'rootfs' ? 0 : kind.includes(':') ? 2 : 1);
  return place(one) - place(other) || (one.kind < other.kind ? -1 : 1);
}
