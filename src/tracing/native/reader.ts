import type { FilePath } from '../../model/file-path.js';
import { linesOf } from '../log-lines.js';
import { ownCopy } from '../own-copy.js';
import { RunRecord } from '../run-record.js';
import { handlers } from './handlers.js';
import { events, type LogEvent } from './log-format.js';

/** Reads a whole log of the native tracer into a record of the run; memory grows with the paths, not with the log. */
export async function readNativeLog(
  chunks: AsyncIterable<Uint8Array>,
  cwd: FilePath,
  signal?: AbortSignal,
): Promise<RunRecord> {
  const run = new RunRecord(cwd);
  run.cut = true;
  for await (const lines of linesOf(chunks)) {
    signal?.throwIfAborted();
    for (const line of lines) readLine(line, run);
  }
  run.complete = run.processes.rootExit !== undefined;
  return run;
}

/** The traced command's process, from the log's first line. */
export function rootOf(head: string): number | undefined {
  const end = head.indexOf('\n');
  const event = end < 0 ? undefined : parse(head.slice(0, end));
  return event?.event === 'begin' ? event.root : undefined;
}

function readLine(line: string, run: RunRecord): void {
  const event = parse(line);
  if (event === undefined) {
    run.unparsed++;
    run.unparsedExample ??= ownCopy(line.slice(0, 200));
    return;
  }
  if ('p' in event) run.act(event.p);
  // Each handler takes the events of its own name.
  (handlers[event.event] as (event: LogEvent, run: RunRecord) => void)(event, run);
}

function parse(line: string): LogEvent | undefined {
  try {
    return events.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
