import { showClasses } from '../model/classes.js';
import { showBytes } from '../model/sizes.js';
import { describeNeed } from '../spec/host/words.js';
import { labelWidth, line, showRuns } from '../spec/summary-text.js';
import type { CaptureSummary, SummaryFile } from './summary.js';

const shown = 6;

/** The summary that a person reads after a trace. */
export function formatSummary(summary: CaptureSummary): string {
  const { distributions, carried, notCarried, inputs, outputs, leftOut, variables, varying } = summary;
  const lines = [
    `${summary.manifest}`,
    summary.run !== undefined &&
      line(
        'ran',
        `${summary.run}, ${describeExit(summary.exit)}${summary.step ? '; a step that create does again' : ''}`,
      ),
    summary.runs && summary.runs.length > 0 && line('runs', showRuns(summary.runs)),
    line(
      summary.run === undefined ? 'paths' : 'used',
      `${count(summary.used, 'path')}: ${showClasses(summary.classes)}; ${summary.absent} looked for and not there`,
    ),
    ...distributions.map((one) => line('packages', describeDistribution(one))),
    ...list('carried', 'files', carried),
    ...list('not carried', 'files', notCarried),
    ...list('inputs', 'data files, named by hash (--carry-inputs carries them)', inputs),
    ...list(summary.step ? 'makes' : 'outputs', 'files', outputs),
    ...list('left out', 'files (--carry PATH carries one anyway)', leftOut),
    ...list(
      'host',
      'files of the machine that runs, never carried',
      summary.hostBound.map(({ path, rule }) => ({ path, why: rule })),
    ),
    ...summary.host.map((need) => line('needs', describeNeed(need))),
    variables.leftOut > 0 &&
      line('variables', `${variables.leftOut} left out (--env NAME keeps one)${maskedNames(variables.masked)}`),
    summary.commandMasked && line('command', 'a secret in it was masked: a re-run cannot be exact'),
    varying.accesses > 0 && line('varies', `${count(varying.accesses, 'path')} not used in the same way by every run`),
    summary.connections.length > 0 &&
      line(
        'network',
        `${summary.connections.slice(0, 3).join(', ')}${rest(summary.connections.length, 3)}; what came from there cannot be proved`,
      ),
    ...(summary.conflicts ?? []).map((conflict) => line('conflict', conflict)),
    ...summary.notes.map((note) => line('note', note)),
    line('kept', `${summary.folder} (${showBytes(summary.folderBytes)})`),
  ];
  return `${lines.filter((one) => typeof one === 'string').join('\n')}\n`;
}

function describeExit(exit: CaptureSummary['exit']): string {
  return exit === 'unknown' ? 'left while it ran' : `exit code ${exit}`;
}

function describeDistribution(one: CaptureSummary['distributions'][number]): string {
  const repacked = one.repacked > 0 ? `; ${one.repacked} repacked from their installed files` : '';
  const problems = one.problems > 0 ? `; ${one.problems} with problems (see lock.json)` : '';
  return `${one.name}: ${one.used} used, ${one.closure} with all that they need${repacked}${problems}`;
}

function list(label: string, what: string, files: readonly (SummaryFile & { rule?: string })[]): string[] {
  if (files.length === 0) return [];
  const size = files.reduce((sum, file) => sum + (file.size ?? 0), 0);
  const total = files.some((file) => file.size !== undefined) ? `, ${showBytes(size)}` : '';
  const noun = files.length === 1 ? what.replace(/^(data )?files/, '$1file') : what;
  return [
    line(label, `${files.length} ${noun}${total}`),
    ...files.slice(0, shown).map((file) => `${' '.repeat(labelWidth + 4)}${describeFile(file)}`),
    ...(files.length > shown ? [`${' '.repeat(labelWidth + 4)}and ${files.length - shown} more`] : []),
  ];
}

function describeFile({ path, files, why }: SummaryFile): string {
  const tree = files ? ` (${count(files, 'file')})` : '';
  return `${path}${tree}${why === undefined ? '' : ` - ${why}`}`;
}

function maskedNames(names: readonly string[]): string {
  return names.length === 0 ? '' : `; masked: ${names.join(', ')}`;
}

function rest(length: number, limit: number): string {
  return length > limit ? ` and ${length - limit} more` : '';
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
