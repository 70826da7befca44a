import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

export type Answer = readonly [status: number, body?: unknown];

/** What the engine answers to a method and path, in turn; the last answer stays. */
export type Answers = Readonly<Record<string, Answer[]>>;

export interface Asked {
  /** The method and the path. */
  readonly line: string;
  readonly query: URLSearchParams;
  readonly body: string;
}

export interface AnsweringEngine extends AsyncDisposable {
  /** Its address. */
  readonly at: string;
  readonly asked: Asked[];
  answers: Answers;
}

/** Speaks as an engine does, says what it is told to, and keeps what it was asked. */
export async function answeringEngine(): Promise<AnsweringEngine> {
  const folder = await mkdtemp(join(tmpdir(), 'engine-'));
  const socket = join(folder, 'socket');
  const server = createServer(async (request, response) => {
    const [status, body] = answerTo(await askedBy(request), engine);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body ?? {}));
  });
  const engine: AnsweringEngine = {
    at: `unix://${socket}`,
    asked: [],
    answers: {},
    async [Symbol.asyncDispose]() {
      server.close();
      await rm(folder, { recursive: true });
    },
  };
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return engine;
}

async function askedBy(request: IncomingMessage): Promise<Asked> {
  const url = new URL(request.url ?? '/', 'http://engine');
  return { line: `${request.method} ${url.pathname}`, query: url.searchParams, body: await text(request) };
}

function answerTo(asked: Asked, engine: AnsweringEngine): Answer {
  engine.asked.push(asked);
  const queue = engine.answers[asked.line] ?? [];
  return (queue.length > 1 ? queue.shift() : queue[0]) ?? [500, { message: `not expected: ${asked.line}` }];
}
