import { fstatSync, readFileSync, readlinkSync, type Stats, statSync } from 'node:fs';
import { isatty } from 'node:tty';
import { codeOf } from '../errors.js';
import type { Access, StandardStream, Use } from '../model/access.js';
import { type FilePath, pathFromBytes } from '../model/file-path.js';
import type { StreamChoice } from './tracer.js';

export interface Streams {
  readonly stdin: StandardStream;
  readonly stdout: StandardStream;
  readonly stderr: StandardStream;
}

export interface DetectedStream {
  readonly stream: StandardStream;
  /** The access that the caller's redirection stands for. */
  readonly access?: Access;
}

/** What one of our own descriptors is connected to, as the command will inherit it. */
export function detectStream(descriptor: 0 | 1 | 2): DetectedStream {
  let stats: Stats;
  try {
    stats = fstatSync(descriptor);
  } catch (error) {
    return { stream: { kind: codeOf(error) === 'EBADF' ? 'closed' : 'other' } };
  }
  const path = linkOf('self', descriptor);
  if (stats.isFile()) return fileStream(descriptor, path, stats);
  return { stream: { kind: kindOf(stats, path, isatty(descriptor)) } };
}

/** What a stream of a process that runs already is connected to; a file that it writes it has written from its start. */
export function streamOfProcess(pid: number, descriptor: 0 | 1 | 2): DetectedStream {
  let stats: Stats;
  try {
    stats = statSync(`/proc/${pid}/fd/${descriptor}`);
  } catch (error) {
    return { stream: { kind: codeOf(error) === 'ENOENT' ? 'closed' : 'other' } };
  }
  const path = linkOf(pid, descriptor);
  if (!stats.isFile()) return { stream: { kind: kindOf(stats, path, isTerminal(stats)) } };
  if (stats.nlink === 0) return { stream: { kind: 'other' } };
  const stream: StandardStream = { kind: 'file', path };
  const writes = descriptor !== 0 && (flagsOf(pid, descriptor).flags & accessMode) !== 0;
  return { stream, access: writes ? { path, uses: ['written'], before: 'unknown' } : { path, uses: ['read'] } };
}

function kindOf(stats: Stats, path: FilePath, isTerminal: boolean): StandardStream['kind'] {
  if (stats.isFIFO()) return 'pipe';
  if (stats.isSocket()) return 'socket';
  if (path === '/dev/null') return 'null';
  return isTerminal ? 'terminal' : 'other';
}

/** By the device's major number: consoles and pseudo terminals, Documentation/admin-guide/devices.txt. */
function isTerminal({ rdev }: Stats): boolean {
  const major = (rdev >> 8) & 0xfff;
  return major === 4 || major === 5 || (major >= 136 && major <= 143);
}

function linkOf(process: number | 'self', descriptor: number): FilePath {
  return pathFromBytes(readlinkSync(`/proc/${process}/fd/${descriptor}`, { encoding: 'buffer' }));
}

function flagsOf(process: number | 'self', descriptor: number) {
  return parseDescriptorInfo(readFileSync(`/proc/${process}/fdinfo/${descriptor}`, 'latin1'));
}

/** What a stream is that the tracer opens for the command itself. */
export function chosenStream(descriptor: 0 | 1 | 2, choice: StreamChoice): DetectedStream {
  if (choice === 'inherit') return detectStream(descriptor);
  if (choice === 'ignore' || choice === 'discard') return { stream: { kind: 'null' } };
  if (choice === 'record' || choice === 'with-stdout') return { stream: { kind: 'pipe' } };
  const append = choice.append === true && descriptor !== 0;
  const stream: StandardStream = { kind: 'file', path: choice.path, ...(append ? { append } : {}) };
  const access: Access =
    descriptor === 0
      ? { path: choice.path, uses: ['read'] }
      : { path: choice.path, uses: ['written'], before: append ? 'unknown' : 'absent' };
  return { stream, access };
}

/** Open flags and position of a descriptor. Format: proc(5), /proc/pid/fdinfo. */
export function parseDescriptorInfo(text: string): { readonly position: number; readonly flags: number } {
  const field = (name: string) => new RegExp(`^${name}:\\s+(\\S+)`, 'm').exec(text)?.[1] ?? '0';
  return { position: Number(field('pos')), flags: Number.parseInt(field('flags'), 8) };
}

const accessMode = 0o3;
const writeOnly = 0o1;
const readWrite = 0o2;
const appendFlag = 0o2000;

/**
 * A file that the shell opened. With `>` it is empty when the command starts, whatever it held before, so its content
 * before counts as absent; with `>>`, or when another command wrote to it first, it is not known.
 */
function fileStream(descriptor: number, path: FilePath, stats: Stats): DetectedStream {
  // A removed file (a here-document of some shells) has no path to find it by.
  if (stats.nlink === 0) return { stream: { kind: 'other' } };
  const { position, flags } = flagsOf('self', descriptor);
  const mode = flags & accessMode;
  const writes = mode === writeOnly || (mode === readWrite && descriptor !== 0);
  if (!writes) return { stream: { kind: 'file', path }, access: { path, uses: ['read'] } };
  const isAppending = (flags & appendFlag) !== 0;
  const append = isAppending || position > 0;
  const from = isAppending ? stats.size : position;
  const stream: StandardStream = { kind: 'file', path, ...(append ? { append, from } : {}) };
  const uses: Use[] = mode === readWrite ? ['read', 'written'] : ['written'];
  return { stream, access: { path, uses, before: stats.size > 0 || append ? 'unknown' : 'absent' } };
}
