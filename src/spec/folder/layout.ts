import { randomUUID } from 'node:crypto';
import { basename, dirname, join, resolve } from 'node:path';

/** Where the parts of one spec lie. Names are fixed: nothing that a document says decides which file is opened. */
export interface SpecLayout {
  /** The manifest, absolute. */
  readonly manifest: string;
  /** `environment.d` beside `environment.yml`; in general `<stem>.d`. */
  readonly folder: string;
}

/** The parts inside the folder, relative to it. */
export const parts = {
  lock: 'lock.json',
  /** The JSON Schema of the manifest, for editors: it moves with the spec and needs no network. */
  schema: 'environment.schema.json',
  snapshot: 'snapshot.jsonl.gz',
  /** Whose each path is, where nothing ran. */
  paths: 'paths.jsonl.gz',
  /** What was had instead of artifacts, of a spec that came in a bundle. */
  standIns: 'stand-ins.json',
  contents: 'contents',
  traces: 'traces',
} as const;

export function layoutOf(file: string): SpecLayout {
  const manifest = resolve(file);
  const stem = basename(manifest).replace(/\.ya?ml$/i, '');
  return { manifest, folder: join(dirname(manifest), `${stem}.d`) };
}

/** The part that holds the trace of a run; `id` was checked by the manifest's schema. */
export function tracePart(id: string): string {
  return `${parts.traces}/${id}.jsonl.gz`;
}

/** Beside a path, for what becomes it or was it: only the process of that number may have it. */
export function temporaryName(path: string, what: 'part' | 'before' = 'part'): string {
  return join(dirname(path), `.${basename(path)}.${process.pid}-${randomUUID().slice(0, 8)}.${what}`);
}
