import { Readable } from 'node:stream';
import { sha256 } from '../../src/hash.js';
import type { Access } from '../../src/model/access.js';
import type { FileEntry } from '../../src/model/file-entry.js';
import { type FilePath, pathFromText } from '../../src/model/file-path.js';
import type { Owner } from '../../src/model/owner.js';
import { type Manifest, manifestSchema } from '../../src/spec/document/schema.js';
import type { AccessRecord, RecordedTrace, Specification } from '../../src/spec/specification.js';

export function at(path: string): FilePath {
  return pathFromText(path);
}

export function file(path: string, content = path, rest: Partial<FileEntry> = {}): FileEntry {
  const size = Buffer.byteLength(content);
  return {
    path: at(path),
    type: 'file',
    mode: 0o644,
    uid: 0,
    gid: 0,
    size,
    mtime: 1000,
    hash: sha256(content),
    ...rest,
  };
}

export function folder(path: string, rest: Partial<FileEntry> = {}): FileEntry {
  return { path: at(path), type: 'directory', mode: 0o755, uid: 0, gid: 0, size: 0, mtime: 1000, ...rest };
}

export function link(path: string, target: string): FileEntry {
  return { path: at(path), type: 'symlink', mode: 0o777, uid: 0, gid: 0, size: 0, mtime: 1000, target: at(target) };
}

/** Adds the folders above every entry. */
export function tree(...entries: FileEntry[]): FileEntry[] {
  const all = new Map(entries.map((entry) => [entry.path, entry]));
  for (const { path } of entries) {
    for (
      let parent = path.slice(0, path.lastIndexOf('/'));
      parent !== '';
      parent = parent.slice(0, parent.lastIndexOf('/'))
    ) {
      if (!all.has(at(parent))) all.set(at(parent), folder(parent));
    }
  }
  return [...all.values()];
}

export const tool = { distribution: 'debian', name: 'tool', version: '1.0-1', architecture: 'amd64' };

export function owned(
  path: string,
  uses: Access['uses'],
  owner: Partial<Owner> = {},
  rest: Partial<Access> = {},
): AccessRecord {
  return { path: at(path), uses, ...rest, owner: { path: at(path), state: 'owned', package: tool, ...owner } };
}

export function loose(path: string, uses: Access['uses'], rest: Partial<Access> = {}): AccessRecord {
  return { path: at(path), uses, ...rest, owner: { path: at(path), state: 'loose' } };
}

export function traceOf(accesses: AccessRecord[], rest: Partial<RecordedTrace> = {}): RecordedTrace {
  const stream = { kind: 'null' } as const;
  return {
    tracer: { name: 'strace', version: '6.1' },
    conditions: {
      argv: ['tool'],
      cwd: at('/work'),
      environment: {},
      umask: 0o22,
      limits: {},
      user: { uid: 0, gid: 0, groups: [] },
      streams: { stdin: stream, stdout: stream, stderr: stream },
      started: '2026-01-01T00:00:00Z',
      seconds: 1,
    },
    exit: { code: 0 },
    accesses,
    processes: [],
    connections: [],
    notes: [],
    varying: { accesses: [], outputs: [] },
    ...rest,
  };
}

export interface SpecParts {
  readonly origin: readonly FileEntry[];
  readonly trace: RecordedTrace;
  readonly manifest?: Partial<Manifest> | { readonly runs?: unknown; readonly files?: unknown };
  readonly lock?: Specification['lock'];
}

/** A spec as it would be read from disk, held in memory. */
export function specOf({ origin, trace, manifest, lock }: SpecParts): Specification {
  const parsed = manifestSchema.parse({
    version: 1,
    base: { distribution: 'debian', release: '12', architecture: 'amd64' },
    runs: [{ id: 'tool', command: ['tool'], cwd: '/work' }],
    ...manifest,
  });
  return {
    file: '/work/environment.yml',
    manifest: parsed,
    lock,
    stale: undefined,
    contents: {
      add: async () => ({ hash: '', size: 0 }),
      has: async () => false,
      locate: async () => '',
      find: async () => ({ file: '', size: 0 }),
      open: () => Readable.from([]),
    },
    async *snapshot() {
      yield* origin;
    },
    standIns: new Map(),
    paths: async () => [],
    trace: async (run) => (run === parsed.runs[0]?.id ? trace : undefined),
  };
}
