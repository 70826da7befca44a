import { baseName, type FilePath } from '../../model/file-path.js';
import type { ManifestRun } from '../document/schema.js';
import type { RecordedTrace } from '../specification.js';
import { chainOf } from '../why/programs.js';

/** Programs that are known for what they put into files: of several that used a path, they tell most. */
const makers =
  /^(?:curl|wget2?|aria2c|axel|git|hg|svn|pip[\d.]*|npm|conda|mamba|cp|mv|ln|install|rsync|scp|sftp|tar|unzip|7z|gunzip|make|ninja|cmake)$/;

/**
 * The command that made a path in a run, with its arguments: a program that is known for that, else the first that used
 * the path, else the run's own.
 */
export function makerOf({ command }: ManifestRun, trace: RecordedTrace | undefined, path: FilePath): string[] {
  const access = trace?.accesses.find((each) => each.path === path || each.resolved === path);
  const commands = (access?.by ?? []).flatMap((program) => {
    const [step] = trace ? chainOf(trace, program) : [];
    return step ? [step.argv.map(asText)] : [];
  });
  const isMaker = ([program = '']: readonly string[]) => makers.test(baseName(program as FilePath));
  return commands.find(isMaker) ?? commands[0] ?? command;
}

/** Traces have arguments as bytes. */
function asText(word: string): string {
  return Buffer.from(word, 'latin1').toString('utf8');
}
