import { z } from 'zod';

/**
 * The log of the native tracer, format 1: one JSON object a line, pure ASCII. Strings are bytes: each byte below 0x20 or
 * from 0x7f on is `\u00XX`, so a name that is not UTF-8 is kept as it is. The first line is `begin`, the last `end`; a
 * log without `end` is cut. Events stand in the order in which the kernel let them happen, as far as one exists; a look
 * at a path (`open` that creates nothing, `stat`, `readlink`, ...) that says nothing new about a process and a path is
 * told once, a change every time.
 */
export const logFormat = 1;

/** Bytes as latin1. */
const bytes = z.string();
const process = z.int().nonnegative().describe('Process id (of the thread group, never of a thread)');
const time = z.number().nonnegative().describe('Seconds since `begin`, monotonic clock');
const errno = z
  .string()
  .regex(/^E[A-Z0-9]+$/)
  .optional()
  .describe('Name of the error; missing: it succeeded');

/** A path as a call names it, and what the tracer knows of where it leads. */
const asked = {
  path: bytes.describe('As given; empty: the descriptor itself'),
  base: bytes.optional().describe('Folder that a relative path starts from: a descriptor’s or the working directory'),
  real: bytes
    .optional()
    .describe(
      'Where the kernel ended up, seen from outside; given where it differs from the text. Empty: nothing outside leads there',
    ),
  errno,
};

const event = <Name extends string, Shape extends z.ZodRawShape>(name: Name, shape: Shape) =>
  z.object({ event: z.literal(name), p: process, ...shape });

export const begin = z.object({
  event: z.literal('begin'),
  format: z.literal(logFormat),
  tracer: z.string().describe('Name and version'),
  layer: z.enum(['ptrace', 'notify']),
  exact: z.boolean(),
  kernel: z.string(),
  machine: z.string(),
  started: z.string().describe('Wall clock, ISO 8601 UTC'),
  root: process,
  attached: z.boolean().optional().describe('It follows a process that ran already'),
});

/** What an open is for: any of read, write, create, eXclusive, truncate, append, directory, no-follow, path-only, temporary. */
const openFlags = z.string().regex(/^r?w?c?x?t?a?d?n?p?m?$/);

export const events = z.discriminatedUnion('event', [
  begin,
  z.object({ event: z.literal('environment'), id: z.string(), variables: z.array(bytes) }),
  event('process', { parent: process.optional(), time, cwd: bytes.optional() }),
  event('exec', {
    ...asked,
    time,
    argv: z.array(bytes).optional(),
    environment: z.string().optional().describe('`id` of an environment before it'),
    cwd: bytes.optional(),
    uid: z.int().optional(),
    opened: z.array(bytes).optional().describe('What the kernel opened by itself: interpreters and loader, real paths'),
  }),
  event('open', {
    ...asked,
    flags: openFlags,
    created: z.boolean().optional().describe('It was not there before; of an open with `c` that succeeded'),
    type: z
      .enum(['file', 'directory', 'device', 'fifo', 'socket'])
      .optional()
      .describe('Of what was opened, unless a file'),
  }),
  event('stat', { ...asked, follow: z.boolean().optional().describe('False: of the link itself') }),
  event('access', asked),
  event('readlink', { ...asked, target: bytes.optional() }),
  event('chdir', asked),
  event('chroot', asked),
  event('mkdir', asked),
  event('mknod', asked),
  event('symlink', { ...asked, target: bytes }),
  event('link', { ...asked, toPath: bytes, toBase: bytes.optional(), toReal: bytes.optional() }),
  event('rename', {
    ...asked,
    toPath: bytes,
    toBase: bytes.optional(),
    toReal: bytes.optional(),
    exchange: z.boolean().optional(),
    replaced: z.boolean().optional().describe('Something was at the new name'),
  }),
  event('unlink', { ...asked, directory: z.boolean().optional() }),
  event('truncate', asked),
  event('attributes', { ...asked, what: z.enum(['mode', 'owner', 'times', 'xattr']) }),
  event('before', {
    path: bytes.describe('Real path of a regular file that was there before the run, just before its first change'),
    size: z.number().nonnegative(),
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .optional(),
    mode: z.int().nonnegative().optional().describe('Permission bits'),
    uid: z.int().nonnegative().optional(),
    gid: z.int().nonnegative().optional(),
    mtime: z.number().optional().describe('Seconds since 1970'),
    kept: z.string().optional().describe('File name of a copy in the folder of kept contents'),
    unknown: z.string().optional().describe('Why there is no hash'),
  }),
  event('connect', {
    address: bytes.describe('`inet ADDRESS:PORT`, `inet6 [ADDRESS]:PORT`, `unix PATH`, `unix @NAME`'),
    errno,
  }),
  event('bind', { address: bytes, errno }),
  event('answer', {
    data: bytes.describe(
      'Of a name service that the process asked, as it read it: a DNS message or a reply of systemd-resolved',
    ),
  }),
  event('random', {}),
  event('mount', { what: bytes.describe('mount, umount, pivot_root, unshare or setns, and of what'), errno }),
  event('note', { text: z.string() }),
  event('exit', {
    time,
    code: z.int().optional(),
    signal: z.string().optional(),
    user: z
      .number()
      .optional()
      .describe('CPU seconds in user mode; as all that follows with the children that it waited for'),
    system: z.number().optional(),
    peak: z.number().optional().describe('Peak resident memory, bytes'),
    read: z.number().optional().describe('Bytes read by calls (rchar of /proc/pid/io)'),
    written: z.number().optional(),
    switches: z.number().optional().describe('Context switches, both kinds'),
  }),
  z.object({
    event: z.literal('end'),
    time,
    events: z.int().describe('Lines before this one'),
    running: z.array(process).describe('Processes that still ran'),
  }),
]);

export type LogEvent = z.infer<typeof events>;
