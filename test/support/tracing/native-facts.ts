import { events, type LogEvent } from '../../../src/tracing/native/log-format.js';
import { Facts, lexical } from './facts.js';

/** What a log of the native tracer says, in the same terms, and what it says that the kernel opened by itself. */
export interface NativeFacts {
  readonly facts: Facts;
  readonly kernelOpened: ReadonlySet<string>;
  /** Real paths of all that was opened or executed. */
  readonly opened: ReadonlySet<string>;
  /** All paths by the names that calls gave them. */
  readonly named: ReadonlySet<string>;
  readonly layer: string;
  /** The last line is `end`. */
  readonly isWhole: boolean;
  readonly notes: readonly string[];
}

/** Every line is held against the published format. */
export function nativeFacts(log: string): NativeFacts {
  const facts = new Facts();
  const kernelOpened = new Set<string>();
  const opened = new Set<string>();
  const named = new Set<string>();
  const notes: string[] = [];
  const programs = new Map<number, string>();
  let layer = '';
  let last: LogEvent | undefined;
  for (const line of log.split('\n')) {
    if (line === '') continue;
    last = events.parse(JSON.parse(line));
    if (last.event === 'begin') layer = last.layer;
    if (last.event === 'note') notes.push(last.text);
    if (last.event === 'environment' || last.event === 'begin' || last.event === 'end') continue;
    facts.pids.add(last.p);
    if (last.event === 'process' && last.parent !== undefined) programs.set(last.p, programs.get(last.parent) ?? '');
    if (last.event === 'exit') facts.add('end', `${last.signal ?? last.code} ${programs.get(last.p)}`);
    if (last.event === 'connect' || last.event === 'bind') facts.add(last.event, last.address, last.errno);
    if (!('path' in last) || last.event === 'before') continue;
    const path = lexical(last.base ?? '', last.path);
    named.add(path);
    if (last.event === 'open' && last.errno === undefined) opened.add(last.real ?? path);
    // The file of an exec is opened before it may fail.
    if (last.event === 'exec') opened.add(last.real ?? path);
    if (last.event === 'exec' && last.errno === undefined) {
      programs.set(last.p, path);
      for (const each of last.opened ?? []) {
        kernelOpened.add(each);
        opened.add(each);
      }
    }
    addPath(facts, last, path);
  }
  return { facts, kernelOpened, opened, named, layer, isWhole: last?.event === 'end', notes };
}

type PathEvent = Exclude<Extract<LogEvent, { path: string }>, { event: 'before' }>;

function addPath(facts: Facts, event: PathEvent, path: string): void {
  const { errno } = event;
  switch (event.event) {
    case 'open':
      if (errno === undefined) facts.opened(path, event.flags, event.real);
      else facts.add('open', path, errno);
      break;
    case 'stat':
      facts.add(event.follow === false ? 'lstat' : 'stat', path, errno);
      break;
    case 'readlink':
      facts.add('readlink', errno === undefined ? `${path} -> ${event.target}` : path, errno);
      break;
    case 'symlink':
      facts.add('symlink', `${path} -> ${event.target}`, errno);
      break;
    case 'link':
    case 'rename':
      facts.add(event.event, `${path} -> ${lexical(event.toBase ?? '', event.toPath)}`, errno);
      break;
    case 'unlink':
      facts.add(event.directory ? 'rmdir' : 'unlink', path, errno);
      break;
    case 'attributes':
      facts.add(event.what, path, errno);
      break;
    default:
      facts.add(event.event, path, errno);
  }
}
