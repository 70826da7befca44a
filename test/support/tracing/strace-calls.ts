/** One system call that returned, of a log written by `strace -f -y -xx`. */
export interface StraceCall {
  readonly pid: number;
  readonly name: string;
  readonly args: readonly string[];
  /** What follows the equals sign. */
  readonly result: string;
}

export type StraceLine =
  | ({ readonly kind: 'call' } & StraceCall)
  /** A clone that returned may be told later than the first call of its child. */
  | { readonly kind: 'cloning'; readonly pid: number; readonly text: string }
  | { readonly kind: 'end'; readonly pid: number; readonly status: string };

/**
 * Joins the calls that strace told in two halves. It shares no code with the tracer that reads strace, so that a fault
 * there cannot hide itself: with `-xx` every string and path is hexadecimal, and no quote, comma or bracket is left in one.
 */
export function* joinStraceLog(text: string): Generator<StraceLine> {
  const halves = new Map<number, string>();
  for (const line of text.split('\n')) {
    const parts = /^(\d+) +(.*)$/.exec(line);
    if (!parts) continue;
    const pid = Number(parts[1]);
    const said = parts[2] ?? '';
    const half = /^(.*?) <(?:unfinished \.\.\.|pid changed to (\d+) \.\.\.)>$/.exec(said);
    if (half) {
      halves.set(Number(half[2] ?? pid), half[1] ?? '');
      if (/^(?:clone3?|v?fork)\(/.test(said)) yield { kind: 'cloning', pid, text: said };
      continue;
    }
    const ended = /^\+\+\+ (?:exited with|killed by) (\w+)/.exec(said);
    if (ended) yield { kind: 'end', pid, status: ended[1] ?? '' };
    if (said.startsWith('+++') || said.startsWith('---')) continue;
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(said);
    const whole = resumed ? (halves.get(pid) ?? '') + resumed[1] : said;
    const call = /^(\w+)\((.*)\) += (.*)$/.exec(whole);
    if (call) yield { kind: 'call', pid, name: call[1] ?? '', args: split(call[2] ?? ''), result: call[3] ?? '' };
  }
}

/** The bytes of a hexadecimal string, the first one in the text; of one that strace cut short, none. */
export function hexText(text: string | undefined): string | undefined {
  const found = /["<]((?:\\x[0-9a-f]{2})*)[">](?!\.\.\.)/.exec(text ?? '');
  if (!found) return undefined;
  return Buffer.from((found[1] ?? '').replaceAll('\\x', ''), 'hex').toString('latin1');
}

/** At the commas outside of brackets. */
function split(args: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let part = '';
  for (const character of args) {
    if ('([{'.includes(character)) depth++;
    if (')]}'.includes(character)) depth--;
    if (character === ',' && depth === 0) {
      parts.push(part.trim());
      part = '';
    } else part += character;
  }
  if (part.trim() !== '') parts.push(part.trim());
  return parts;
}
