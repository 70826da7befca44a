import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, write } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { codeOf } from '../errors.js';
import { runProcess } from '../exec.js';
import type { StandardStream } from '../model/access.js';
import { scratchFolder } from '../scratch.js';
import type { Streams } from './streams.js';
import type { TraceOptions } from './tracer.js';

/** Pipes that a command gets for its standard output and error, and what went through them. */
export interface RecordedPipes extends AsyncDisposable {
  /** Of ours, for the command to have in the place of those streams. */
  readonly descriptors: { readonly stdout?: number; readonly stderr?: number };
  /** To be called when the command has ended: the streams with what they carried, as far as all of it was seen. */
  finish(isOver: boolean): Promise<Streams>;
}

type Content = NonNullable<StandardStream['content']>;

interface Recorder {
  readonly descriptor: number;
  finish(isOver: boolean): Promise<Content | undefined>;
  close(): void;
}

type Name = 'stdout' | 'stderr';

/**
 * Puts a pipe of ours between the command and each pipe that it would write to, so that it still writes to a pipe:
 * bytes are passed on one after the other as they come, a full reader holds the writer up, and one that goes away
 * takes the command's pipe with it. Two streams that are one pipe stay one.
 */
export async function recordPipes(
  choices: NonNullable<TraceOptions['streams']>,
  streams: Streams,
): Promise<RecordedPipes> {
  const isOne = choices.stderr === 'with-stdout' || sharesPipe(choices, streams);
  const wanted = (['stdout', 'stderr'] as const).filter(
    (name) => streams[name].kind === 'pipe' && !(isOne && name === 'stderr'),
  );
  const recorders = await openRecorders(wanted, choices);
  const stdout = recorders.get('stdout');
  const stderr = isOne ? stdout : recorders.get('stderr');
  return {
    descriptors: { ...(stdout && { stdout: stdout.descriptor }), ...(stderr && { stderr: stderr.descriptor }) },
    async finish(isOver) {
      const written = await stdout?.finish(isOver);
      const complained = isOne ? undefined : await stderr?.finish(isOver);
      return {
        ...streams,
        stdout: { ...streams.stdout, ...(written && { content: written }) },
        stderr: {
          ...streams.stderr,
          ...(complained && { content: complained }),
          ...(isOne && { withStdout: true as const }),
        },
      };
    },
    async [Symbol.asyncDispose]() {
      for (const recorder of recorders.values()) recorder.close();
    },
  };
}

/** `2>&1 |`: both are the same pipe, and the order among them is part of what a reader sees. */
function sharesPipe({ stdout = 'inherit', stderr = 'inherit' }: TraceOptions['streams'] & object, streams: Streams) {
  if (stdout !== 'inherit' || stderr !== 'inherit') return false;
  if (streams.stdout.kind !== 'pipe' || streams.stderr.kind !== 'pipe') return false;
  const [one, other] = [fstatSync(1), fstatSync(2)];
  return one.ino === other.ino && one.dev === other.dev;
}

async function openRecorders(
  names: readonly Name[],
  choices: NonNullable<TraceOptions['streams']>,
): Promise<Map<Name, Recorder>> {
  const recorders = new Map<Name, Recorder>();
  if (names.length === 0) return recorders;
  await using scratch = await scratchFolder('pipe');
  const paths = names.map((name) => join(scratch.path, name));
  const { exit } = await runProcess(['mkfifo', '--mode=600', ...paths]);
  // Without them the command writes where it would have written anyway, unrecorded.
  if (exit.code !== 0) return recorders;
  for (const [at, name] of names.entries()) {
    const isOwn = (choices[name] ?? 'inherit') === 'inherit';
    recorders.set(name, openRecorder(paths[at] as string, isOwn ? (name === 'stdout' ? 1 : 2) : undefined));
  }
  return recorders;
}

/** `target`: the descriptor of ours that everything is passed on to. */
function openRecorder(path: string, target: number | undefined): Recorder {
  const readEnd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const descriptor = openSync(path, constants.O_WRONLY);
  const reader = new Socket({ fd: readEnd, readable: true, writable: false });
  const content = pass(reader, target);
  let isOpen = true;
  const closeWriter = () => {
    if (isOpen) closeSync(descriptor);
    isOpen = false;
  };
  return {
    descriptor,
    finish(isOver) {
      closeWriter();
      // Somebody in the background still has the pipe: what comes later is not of this run.
      if (!isOver) reader.destroy();
      return content;
    },
    close() {
      closeWriter();
      reader.destroy();
    },
  };
}

/** Undefined when the stream did not come to its end, so that nobody knows all of it. */
async function pass(reader: Socket, target: number | undefined): Promise<Content | undefined> {
  const hash = createHash('sha256');
  let size = 0;
  try {
    for await (const chunk of reader as AsyncIterable<Buffer>) {
      hash.update(chunk);
      size += chunk.length;
      if (target !== undefined) await writeAll(target, chunk);
    }
    return reader.readableEnded ? { hash: hash.digest('hex'), size } : undefined;
  } catch {
    return undefined;
  } finally {
    reader.destroy();
  }
}

const writeTo = promisify(write);

async function writeAll(descriptor: number, chunk: Buffer): Promise<void> {
  for (let at = 0; at < chunk.length; ) {
    try {
      at += (await writeTo(descriptor, chunk, at)).bytesWritten;
    } catch (error) {
      // Somebody else made the pipe non-blocking, and it is full.
      if (codeOf(error) !== 'EAGAIN') throw error;
      await delay(5);
    }
  }
}
