import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { ManifestRun } from '../../src/spec/document/schema.js';
import { tracerOf } from '../../src/tracing/end.js';
import { type Cli, freshCli } from '../support/cli.js';
import { writeFiles } from '../support/loop.js';
import { needs, shared } from '../support/needs.js';
import type { RunResult } from '../support/run.js';
import { ordinaryUser } from '../support/users.js';

let cli: Cli;
beforeEach(needs({ archive: true, programs: ['gcc', 'mmdebstrap', '/usr/bin/python3'] }));
beforeEach(
  shared(async () => {
    cli = await freshCli({ takesBare: true });
  }),
);
afterAll(() => cli?.[Symbol.asyncDispose]());

/** Waits for the file `go`, which is there only once it is traced; then uses what nobody has seen of it before. */
const worker = `import pathlib, sys, time
pathlib.Path('ready').touch()
while not pathlib.Path('go').exists(): time.sleep(0.02)
import json
rows = [line.split() for line in open(sys.argv[1])]
json.dump(rows, open('rows.json', 'w'))
print(len(rows))
sys.exit(3)
`;

/** Starts a new program for each file, in two threads, and goes on doing so until it is told to stop. */
const tree = `import pathlib, subprocess, threading, time
def work(name):
    for number in range(2000):
        subprocess.run(['sh', '-c', f'cat {name}.txt > {name}.out'])
        if pathlib.Path('stop').exists(): break
threads = [threading.Thread(target=work, args=(name,)) for name in ('one', 'two')]
for thread in threads: thread.start()
pathlib.Path('ready').touch()
for thread in threads: thread.join()
pathlib.Path('finished').write_text('unharmed')
`;

/** In the middle of calls that wait, which must neither end early nor fail. */
const waiting = `import pathlib, select, threading, time
def nap(): time.sleep(8); results.append('slept')
def poll(): results.append(f'polled {select.poll().poll(8000)}')
results, begin = [], time.monotonic()
threads = [threading.Thread(target=each) for each in (nap, poll)]
for thread in threads: thread.start()
pathlib.Path('ready').touch()
for thread in threads: thread.join()
results.append('in time' if 7.9 < time.monotonic() - begin < 20 else 'not in time')
pathlib.Path('finished').write_text(', '.join(sorted(results)))
`;

/** Ends when told to, and leaves something behind. */
const daemon = `import pathlib, subprocess, sys, time
subprocess.Popen(['sh', '-c', 'until test -e stop; do sleep 0.05; done; touch finished'])
pathlib.Path('ready').touch()
while not pathlib.Path('go').exists(): time.sleep(0.02)
sys.exit(4)
`;

interface Running {
  readonly folder: string;
  readonly program: ChildProcess & { readonly pid: number };
  readonly ended: Promise<number | null>;
}

async function begin(name: string, source: string, ...args: readonly string[]): Promise<Running> {
  const folder = join(cli.work, name);
  mkdirSync(folder);
  writeFiles(folder, { 'program.py': source, 'table.txt': 'a 1\nb 2\n', 'one.txt': '1\n', 'two.txt': '2\n' });
  const environment = { ...cli.env, PYTHONDONTWRITEBYTECODE: '1' };
  const argv = ['program.py', ...args];
  const program = spawn('/usr/bin/python3', argv, { cwd: folder, env: environment, stdio: 'ignore' });
  const ended = new Promise<number | null>((resolve) => program.once('exit', resolve));
  await until(() => existsSync(join(folder, 'ready')));
  return { folder, program: program as Running['program'], ended };
}

/** Traces what runs already; `meanwhile` is done once it is traced, and may signal us. */
async function follow(
  { folder, program }: Running,
  meanwhile: (tracing: ChildProcess) => Promise<void> | void,
): Promise<{ result: Pick<RunResult, 'code' | 'stderr'>; run: ManifestRun; manifest: string }> {
  const spec = join(folder, 'environment.yml');
  const [node = '', ...rest] = cli.program;
  const argv = [
    ...rest,
    'trace',
    '-o',
    spec,
    '--wait',
    '1',
    '--carry',
    join(folder, 'program.py'),
    '--pid',
    String(program.pid),
  ];
  const tracing = spawn(node, argv, { cwd: cli.work, env: cli.env, stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  tracing.stderr?.on('data', (text) => (stderr += text));
  const closed = new Promise<number | null>((resolve) => tracing.once('close', resolve));
  await until(() => tracerOf(program.pid) !== undefined || tracing.exitCode !== null);
  await meanwhile(tracing);
  const code = (await closed) ?? undefined;
  const manifest = existsSync(spec) ? readFileSync(spec, 'utf8') : '';
  const [first] = ((parse(manifest) ?? {}) as { runs?: ManifestRun[] }).runs ?? [];
  if (first === undefined) throw new Error(`no run was recorded: ${stderr}`);
  return { result: { code, stderr }, run: first, manifest };
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 10));
}

const pathsOf = (list: readonly { path: string }[]) => list.map(({ path }) => path.split('/').at(-1));

describe('a program that runs already', () => {
  it('is followed to its end, rebuilt, and does the same again', async () => {
    const running = await begin('later', worker, 'table.txt');
    const { result, run: traced } = await follow(running, () => writeFileSync(join(running.folder, 'go'), ''));
    expect(await running.ended).toBe(3);
    expect(result.code).toBe(3);
    expect(traced).toMatchObject({ attached: true, exit: 3, cwd: running.folder });
    expect(traced.command).toEqual(['/usr/bin/python3', 'program.py', 'table.txt']);
    expect(pathsOf(traced.inputs)).toContain('table.txt');
    expect(pathsOf(traced.outputs)).toEqual(['rows.json']);
    expect(result.stderr).toMatch(/so it is slower; Ctrl-C leaves it to itself/);
    const created = await cli.run([
      'create',
      '--json',
      '--name',
      'later',
      '--rerun',
      join(running.folder, 'environment.yml'),
    ]);
    const { proof } = JSON.parse(created.stdout);
    expect(proof.reruns).toMatchObject([{ started: true, exit: { verdict: 'equal' }, ok: true }]);
    expect(proof.ok).toBe(true);
  });

  it('is left to itself by Ctrl-C, in the middle of starting others, and nothing of it is lost or held', async () => {
    const running = await begin('forking', tree);
    const { result, run: traced } = await follow(running, async (tracing) => {
      await new Promise((resolve) => setTimeout(resolve, 1000));
      tracing.kill('SIGINT');
    });
    expect(result.code).toBe(0);
    expect(traced).toMatchObject({ attached: true, exit: 'unknown' });
    expect(pathsOf(traced.inputs)).toEqual(expect.arrayContaining(['one.txt', 'two.txt']));
    expect(pathsOf(traced.outputs)).toEqual(expect.arrayContaining(['one.out', 'two.out']));
    await until(() => tracerOf(running.program.pid) === undefined);
    writeFileSync(join(running.folder, 'stop'), '');
    expect(await running.ended).toBe(0);
    expect(readFileSync(join(running.folder, 'finished'), 'utf8')).toBe('unharmed');
  });

  it('waits as long as it wanted, whether a trace comes or goes meanwhile', async () => {
    const running = await begin('waiting', waiting);
    await follow(running, (tracing) => void tracing.kill('SIGTERM'));
    expect(await running.ended).toBe(0);
    expect(readFileSync(join(running.folder, 'finished'), 'utf8')).toBe('in time, polled [], slept');
  });

  it('has ended although what it started goes on, which is waited for as long as asked', async () => {
    const running = await begin('daemon', daemon);
    const { result, run: traced } = await follow(running, () => writeFileSync(join(running.folder, 'go'), ''));
    expect(traced).toMatchObject({ exit: 4 });
    expect(result.stderr).toMatch(/process(?:es)? of the command went on in the background when the trace ended/);
    writeFileSync(join(running.folder, 'stop'), '');
    await until(() => existsSync(join(running.folder, 'finished')));
  });

  it('is followed by one trace at a time', async () => {
    const running = await begin('twice', worker, 'table.txt');
    const second = follow(running, async () => {
      const again = await cli.run(['trace', '--pid', String(running.program.pid)]);
      expect(again).toMatchObject({
        code: 125,
        stderr: expect.stringMatching(/is traced already, by reproman-tracer/),
      });
      writeFileSync(join(running.folder, 'go'), '');
    });
    expect((await second).result.code).toBe(3);
  });
});

it("refuses another user's process, and says whose it is", async () => {
  await using user = await ordinaryUser();
  await using theirs = await freshCli({ user });
  const own = spawn('sleep', ['60'], { stdio: 'ignore' });
  const result = await theirs.run(['trace', '--pid', String(own.pid)]);
  own.kill();
  expect(result).toMatchObject({ code: 125, stderr: expect.stringMatching(/may not be traced: it belongs to user 0/) });
});
