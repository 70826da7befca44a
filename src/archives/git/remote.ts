import type { Readable } from 'node:stream';
import { json, text } from 'node:stream/consumers';
import { type ExecProcess, findProgram, spawnProcess } from '../../exec.js';
import type { FileContent } from '../../machines/machine.js';
import { type FilePath, parsePath } from '../../model/file-path.js';
import { scratchFolder } from '../../scratch.js';
import { checkoutTar, type Listing, listingSchema } from './checkout.js';

/** An address of a commit in the plan: `git+`, what git calls the remote, `@`, the commit. */
const addressPattern = /^git\+([^-\s].*)@([0-9a-f]{40}|[0-9a-f]{64})$/;

/** Makes an address of a commit; undefined for a remote that only a helper program of git can talk to. */
export function commitAddress(remote: string, commit: string): string | undefined {
  const address = `git+${remote}@${commit}`;
  return addressPattern.test(address) && !/^[\w+.-]+::/.test(remote) ? address : undefined;
}

/** Whether an artifact's address is that of a commit, which gives the artifact together with a listing. */
export function isCommitAddress(url: string): boolean {
  return addressPattern.test(url);
}

/** The tar of a working tree as it was on the origin, of the blobs that a remote has. */
export async function* checkoutFromRemote(
  address: string,
  list: Readable,
  signal?: AbortSignal,
): AsyncGenerator<Buffer> {
  const [, remote = '', commit = ''] = addressPattern.exec(address) ?? [];
  if (findProgram('git') === undefined)
    throw new Error('git is not on this machine: install it, or trace with --repack all');
  const listing = listingSchema.parse(await json(list));
  await using scratch = await scratchFolder('checkout');
  const git: Git = { folder: scratch.path, signal };
  await run(git, ['init', '--quiet', '--bare', `--object-format=${listing.algorithm}`]);
  await fetchCommit(git, remote, commit);
  yield* checkoutTar(listing, blobsOf(git, listing));
}

interface Git {
  readonly folder: string;
  readonly signal: AbortSignal | undefined;
}

/** First the commit alone; servers that give no commit by its id give their branches and tags. */
async function fetchCommit(git: Git, remote: string, commit: string): Promise<void> {
  const fetch = ['fetch', '--quiet', '--no-tags', '--no-recurse-submodules'];
  try {
    await run(git, [...fetch, '--depth=1', '--', remote, commit]);
  } catch {
    git.signal?.throwIfAborted();
    await run(git, [...fetch, '--', remote, '+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*']);
  }
  await run(git, ['cat-file', '-e', `${commit}^{commit}`]).catch(() => {
    throw new Error(`no branch and no tag there has the commit ${commit}`);
  });
}

/** The blobs in the order of the listing, through one process (git-cat-file(1), "BATCH OUTPUT"). */
async function* blobsOf(git: Git, { entries }: Listing): AsyncGenerator<FileContent> {
  const files = entries.filter(({ type }) => type === 'file');
  if (files.length === 0) return;
  const child = start(git, ['cat-file', '--batch'], 'pipe');
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(files.map(({ blob }) => `${blob}\n`).join(''));
  const output = bytesOf(child);
  for (const { path, blob, size = 0 } of files) {
    const header = await output.line();
    if (header !== `${blob} blob ${size}`) throw new Error(`the remote does not have the blob ${blob} of ${path}`);
    yield { path: parsePath(path) as FilePath, content: output.take(size) };
    await output.line();
  }
  await child.exited;
}

function bytesOf({ stdout }: ExecProcess) {
  const chunks = (stdout as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  let held: Buffer = Buffer.alloc(0);
  const more = async (): Promise<boolean> => {
    const next = await chunks.next();
    if (next.done) return false;
    held = held.length === 0 ? next.value : Buffer.concat([held, next.value]);
    return true;
  };
  return {
    async line(): Promise<string | undefined> {
      while (!held.includes(0x0a)) if (!(await more())) return undefined;
      const end = held.indexOf(0x0a);
      const line = held.toString('latin1', 0, end);
      held = held.subarray(end + 1);
      return line;
    },
    async *take(size: number): AsyncGenerator<Buffer> {
      for (let left = size; left > 0; ) {
        if (held.length === 0 && !(await more())) return;
        const piece = held.subarray(0, left);
        held = held.subarray(piece.length);
        left -= piece.length;
        yield piece;
      }
    },
  };
}

async function run(git: Git, args: readonly string[]): Promise<void> {
  const child = start(git, args, 'ignore');
  const [, said, { code }] = await Promise.all([
    child.stdout?.resume(),
    child.stderr ? text(child.stderr) : '',
    child.exited,
  ]);
  git.signal?.throwIfAborted();
  if (code !== 0) throw new Error(said.trim().split('\n').at(-1) || `git ${args[0]} ended with exit code ${code}`);
}

/** Of our own repository only; the user's settings count, for what is needed to reach the remote is among them. */
function start({ folder, signal }: Git, args: readonly string[], stdin: 'pipe' | 'ignore'): ExecProcess {
  const safe = ['core.hooksPath=/dev/null', 'core.fsmonitor=false', 'gc.auto=0', 'protocol.ext.allow=never'];
  return spawnProcess(['git', ...safe.flatMap((setting) => ['-c', setting]), '-C', folder, ...args], {
    environment: environment(),
    stdin,
    ...(signal ? { signal } : {}),
  });
}

/** What names another repository or asks a person questions is left out. */
function environment(): Record<string, string> {
  const own = Object.entries(process.env).filter(
    (pair): pair is [string, string] => pair[1] !== undefined && !/^GIT_(?!SSH|SSL|CONFIG)/.test(pair[0]),
  );
  return { ...Object.fromEntries(own), GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C' };
}
