import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { z } from 'zod';
import { ReproError, reasonOf } from '../../errors.js';
import { lines } from '../../filesystem/lines.js';
import { asciiJson } from '../../filesystem/snapshot.js';
import { uses } from '../../model/access.js';
import type { FilePath } from '../../model/file-path.js';
import { ownerStates } from '../../model/owner.js';
import { sha256Schema } from '../../model/schemas.js';
import { outputSchema } from '../document/schema.js';
import type { AccessRecord, RecordedTrace } from '../specification.js';

/** Paths are bytes as latin1: every character of them is below U+0100. */
const path = z
  .string()
  .min(1)
  .refine((text) => Buffer.from(text, 'latin1').toString('latin1') === text, 'a path whose characters are bytes')
  .transform((text) => text as FilePath);

const packageSchema = z.strictObject({
  distribution: z.string(),
  name: z.string(),
  version: z.string(),
  architecture: z.string().optional(),
  at: path.optional(),
});

const ownerSchema = z.strictObject({
  path,
  state: z.enum(ownerStates),
  package: packageSchema.optional(),
  sharedWith: z.array(packageSchema).optional(),
  listedAs: path.optional(),
  rule: z.string().optional(),
  onCreate: z.enum(['regenerate', 'carry']).optional(),
  content: sha256Schema.optional(),
});

const beforeSchema = z.strictObject({
  hash: sha256Schema,
  size: z.int().nonnegative(),
  mode: z.int().optional(),
  uid: z.int().optional(),
  gid: z.int().optional(),
  mtime: z.number().optional(),
  overwritten: z.literal(true).optional(),
});

const programSchema = z.tuple([z.int().nonnegative(), z.int().nonnegative()]);

const accessSchema = z.strictObject({
  path,
  resolved: path.optional(),
  uses: z.array(z.enum(uses)),
  before: z.union([z.enum(['absent', 'unknown', 'same']), beforeSchema]).optional(),
  by: z.array(programSchema).optional(),
  owner: ownerSchema,
});

const exitSchema = z.strictObject({ code: z.int(), signal: z.string().optional() });

const streamSchema = z.strictObject({
  kind: z.enum(['terminal', 'pipe', 'file', 'null', 'socket', 'other', 'closed']),
  path: path.optional(),
  append: z.boolean().optional(),
  from: z.int().nonnegative().optional(),
  content: z.strictObject({ hash: sha256Schema, size: z.int().nonnegative() }).optional(),
  withStdout: z.literal(true).optional(),
});

const amount = z.number().nonnegative().optional();
const usageSchema = z.strictObject({
  user: amount,
  system: amount,
  peak: amount,
  read: amount,
  written: amount,
  switches: amount,
});

const headerSchema = z.strictObject({
  version: z.literal(1),
  tracer: z.strictObject({ name: z.string(), version: z.string() }),
  conditions: z.strictObject({
    argv: z.array(z.string()),
    cwd: path,
    environment: z.record(z.string(), z.string()),
    umask: z.int(),
    limits: z.record(z.string(), z.union([z.number(), z.literal('unlimited')])),
    user: z.strictObject({ uid: z.int(), gid: z.int(), groups: z.array(z.int()) }),
    streams: z.strictObject({ stdin: streamSchema, stdout: streamSchema, stderr: streamSchema }),
    started: z.string(),
    seconds: z.number(),
    attached: z.literal(true).optional(),
  }),
  exit: exitSchema.optional(),
  processes: z.array(
    z.strictObject({
      pid: z.int(),
      parent: z.int().optional(),
      argv: z.array(z.string()),
      earlier: z.array(z.array(z.string())).optional(),
      executable: path.optional(),
      startedBy: programSchema.optional(),
      exit: exitSchema.optional(),
      cwd: path.optional(),
      uid: z.int().optional(),
      environment: z.string().optional(),
      started: z.number().optional(),
      ended: z.number().optional(),
      usage: usageSchema.optional(),
    }),
  ),
  environments: z.record(z.string(), z.record(z.string(), z.string())).optional(),
  connections: z.array(z.string()),
  notes: z.array(z.string()),
  moved: z.literal(true).optional(),
  outputs: z.array(outputSchema).optional(),
  varying: z.strictObject({
    accesses: z.array(z.string()),
    outputs: z.array(z.string()),
    runs: z.int().positive().optional(),
  }),
});

/** A trace as lines of JSON in ASCII: a header with everything but the accesses, then one access a line. */
export function* traceLines(trace: RecordedTrace): Iterable<string> {
  const { accesses, ...header } = trace;
  yield `${asciiJson({ version: 1, ...header })}\n`;
  yield* accessLines(accesses);
}

/** Accesses as such lines, without a header. */
export function* accessLines(accesses: Iterable<AccessRecord>): Iterable<string> {
  for (const access of accesses) yield `${asciiJson(access)}\n`;
}

/** Reads what {@link traceLines} wrote, gzipped; `name` is for messages. */
export async function readTrace(compressed: Readable, name: string): Promise<RecordedTrace> {
  let header: z.infer<typeof headerSchema> | undefined;
  const accesses: AccessRecord[] = [];
  await readLines(compressed, name, (value) => {
    if (header === undefined) header = headerSchema.parse(value);
    else accesses.push(accessSchema.parse(value) as AccessRecord);
  });
  if (header === undefined) throw damaged(name, 0, 'it is empty', undefined);
  const { version: _version, ...rest } = header;
  return { ...(rest as Omit<RecordedTrace, 'accesses'>), accesses };
}

/** Reads what {@link accessLines} wrote, gzipped; `name` is for messages. */
export async function readAccesses(compressed: Readable, name: string): Promise<AccessRecord[]> {
  const accesses: AccessRecord[] = [];
  await readLines(compressed, name, (value) => accesses.push(accessSchema.parse(value) as AccessRecord));
  return accesses;
}

async function readLines(compressed: Readable, name: string, take: (value: unknown) => void): Promise<void> {
  const text = createGunzip();
  compressed.on('error', (error) => text.destroy(error)).pipe(text);
  let number = 0;
  try {
    for await (const line of lines(text)) {
      number += 1;
      take(JSON.parse(line));
    }
  } catch (error) {
    if (error instanceof ReproError) throw error;
    throw damaged(name, number, reasonOf(error).replace(/\s+/g, ' '), error);
  } finally {
    compressed.destroy();
  }
}

function damaged(name: string, line: number, reason: string, cause: unknown): ReproError {
  return new ReproError('usage', `the trace in environment.d cannot be read: ${reason}`, {
    where: `${name}:${line}`,
    remedy: 'copy the folder again from where it was made, or trace again',
    cause,
  });
}
