import type { Machine } from '../machines/machine.js';
import { resolveMany } from '../machines/ways.js';
import type { Exit } from '../model/access.js';
import { showPath } from '../model/file-path.js';
import type { RunRecord } from './run-record.js';

export interface NoteFacts {
  /** How the tracer itself ended. */
  readonly exit: Exit;
  readonly machine: Machine;
  readonly argv: readonly string[];
  /** The user the command ran as; ours when undefined. */
  readonly uid?: number;
  /** It ran already when the trace began. */
  readonly attached?: true;
}

/** What a reader of the trace should know about what it may lack, in whole sentences. */
export async function notesOnRun(run: RunRecord, facts: NoteFacts): Promise<string[]> {
  const notes = [...run.notes];
  if (run.unparsed > 0) {
    const example = showPath(JSON.stringify(run.unparsedExample?.slice(0, 200)) as Parameters<typeof showPath>[0]);
    notes.push(`${count(run.unparsed, 'line')} of the tracer's log could not be understood, such as ${example}.`);
  }
  if (!run.complete && !run.cut && facts.attached) {
    notes.push('The trace left the command while it ran: what it did after that is not in the trace.');
  } else if (!run.complete) {
    const by = facts.exit.signal === undefined ? '' : ` by ${facts.exit.signal}`;
    notes.push(`The tracer was ended${by} before the command: what the command did after that is not in the trace.`);
  } else if (run.unfinished > 0) {
    notes.push(`${count(run.unfinished, 'call')} did not return before the process ended; what they did is not known.`);
  }
  if (run.complete && run.cut) {
    notes.push(
      'The tracer was ended before all processes of the command: what they did after that is not in the trace.',
    );
  }
  const left = run.complete ? run.processes.running : 0;
  if (left > 0) {
    notes.push(
      `${count(left, 'process', 'processes')} of the command went on in the background when the trace ended: what they did after that is not in it.`,
    );
  } else if (run.outlived > 0) {
    notes.push(
      `${count(run.outlived, 'process', 'processes')} went on in the background after the command had ended; the trace waited for them.`,
    );
  }
  if (facts.argv.some((argument) => argument.includes('\ufffd'))) {
    notes.push('An argument of the command is not UTF-8: it is recorded with a replacement sign.');
  }
  return [...notes, ...(await privilegeNotes(run, facts))];
}

const setuid = 0o4000;
const setgid = 0o2000;

/** The kernel gives no privileges to a traced program of an ordinary user. */
async function privilegeNotes(
  run: RunRecord,
  { machine, uid = process.getuid?.() ?? 0 }: NoteFacts,
): Promise<string[]> {
  if (uid === 0) return [];
  const paths = [...run.executions.keys()];
  const ways = await resolveMany(machine.files, paths);
  return paths.flatMap((path) => {
    const { mode = 0, type } = ways.entry(ways.resolve(path).path) ?? {};
    if (type !== 'file' || (mode & (setuid | setgid)) === 0) return [];
    return [`${showPath(path)} is set-user-id or set-group-id and ran without those rights, because it was traced.`];
  });
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}
