import { execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { sha256 } from '../../src/hash.js';
import type { Access, CompleteTrace } from '../../src/model/access.js';
import type { FilePath } from '../../src/model/file-path.js';
import { tracerNames } from '../../src/tracing/registry.js';
import { needs, shared } from '../support/needs.js';
import { programs } from './tracing/programs.js';

const driver = fileURLToPath(import.meta.resolve('./tracing/driver.ts'));
const runner = [process.execPath, '--import', import.meta.resolve('tsx')];
const quoted = runner.map((word) => `"${word}"`).join(' ');

/** Where the programs are that all tests start. */
let built: string;
/** Where the tests of one tracer work. */
let folder: string;
let result: string;

beforeEach(needs({ programs: ['strace', 'gcc', 'script', 'python3', '/usr/include/stdlib.h'] }));

const prepare = shared(async () => {
  built = mkdtempSync(join(tmpdir(), 'tracing-built-'));
  for (const [name, source] of Object.entries(programs)) {
    const file = join(built, `${name}.c`);
    writeFileSync(file, source);
    const kind = name === 'statically' ? ['-static'] : [];
    execFileSync('gcc', ['-w', '-pthread', ...kind, '-o', join(built, name), file]);
  }
});

beforeEach(prepare);
afterAll(() => built && rmSync(built, { recursive: true, force: true }));

interface Traced {
  readonly trace: CompleteTrace;
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  at(path: string): Access | undefined;
}

/** Traces through a shell line, so that redirections are those of a real caller. */
function traceLine(line: string, options: { cwd?: string; input?: string; env?: NodeJS.ProcessEnv } = {}): Traced {
  rmSync(result, { force: true });
  const { status, stdout, stderr } = spawnSync(
    '/bin/bash',
    ['-c', line.replaceAll(/\bTRACE\b/g, `${quoted} "${driver}" "${result}"`)],
    {
      cwd: options.cwd ?? folder,
      encoding: 'latin1',
      env: options.env ?? process.env,
      ...(options.input === undefined ? {} : { input: options.input }),
    },
  );
  return { ...readTrace(), status, stdout, stderr };
}

function readTrace(): Pick<Traced, 'trace' | 'at'> {
  const trace = JSON.parse(readFileSync(result, 'utf8')) as CompleteTrace;
  return {
    trace,
    at: (path) => trace.accesses.find((access) => access.path === (path.startsWith('/') ? path : `${folder}/${path}`)),
  };
}

describe.each(tracerNames)('%s tracer', (tracer) => {
  beforeEach(
    shared(async () => {
      folder = realpathSync(mkdtempSync(join(tmpdir(), 'tracing-')));
      result = join(folder, '.trace.json');
      cpSync(built, folder, { recursive: true });
      process.env['REPROMAN_TRACER'] = tracer;
    }),
  );
  afterAll(() => {
    delete process.env['REPROMAN_TRACER'];
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  it('keeps the command’s exit code, output and errors, and nothing of its own among them', () => {
    const traced = traceLine(`TRACE sh -c 'echo out; echo err >&2; exit 42'`);
    expect([traced.status, traced.stdout, traced.stderr]).toEqual([42, 'out\n', 'err\n']);
    expect(traced.trace.exit).toEqual({ code: 42 });
    expect(traced.trace.notes).toEqual([]);
  });

  it('tells a death by signal', () => {
    expect(traceLine(`TRACE sh -c 'kill -9 $$'`).trace.exit).toEqual({ code: 137, signal: 'SIGKILL' });
    expect(traceLine(`TRACE sh -c 'kill -TERM $$'`).trace.exit).toEqual({ code: 143, signal: 'SIGTERM' });
  });

  it('tells a command that is not there from one that may not be executed', () => {
    writeFileSync(join(folder, 'plain'), 'text');
    const missing = traceLine('PATH=/usr/bin:/bin TRACE no-such-command-here', { env: { ...process.env } });
    expect([missing.status, missing.trace.processes]).toEqual([127, []]);
    expect(missing.at('/usr/bin/no-such-command-here')?.uses).toEqual(['absent']);
    expect(traceLine('TRACE ./plain').status).toBe(126);
    expect(traceLine('TRACE ./sub-that-is-not/there').status).toBe(127);
    expect(traceLine(`TRACE ${folder}`).status).toBe(126);
  });

  it('gives a script without a first line to the shell, as execvp does', () => {
    writeFileSync(join(folder, 'bare'), 'echo "bare $1"\n', { mode: 0o755 });
    expect(traceLine('TRACE ./bare x').stdout).toBe('bare x\n');
  });

  it('finds what the caller’s shell redirected', () => {
    writeFileSync(join(folder, 'in.csv'), 'b\na\n');
    writeFileSync(join(folder, 'log'), 'before\n');
    const { trace, at } = traceLine('TRACE sort < in.csv > out.csv 2>> log');
    expect(readFileSync(join(folder, 'out.csv'), 'utf8')).toBe('a\nb\n');
    expect(trace.conditions.streams).toEqual({
      stdin: { kind: 'file', path: `${folder}/in.csv` },
      stdout: { kind: 'file', path: `${folder}/out.csv` },
      stderr: { kind: 'file', path: `${folder}/log`, append: true, from: 'before\n'.length },
    });
    expect(at('in.csv')).toEqual({ path: `${folder}/in.csv`, uses: ['read'] });
    expect(at('out.csv')).toEqual({ path: `${folder}/out.csv`, uses: ['written'], before: 'absent' });
    expect(at('log')).toEqual({ path: `${folder}/log`, uses: ['written'], before: 'unknown' });
    expect(readFileSync(join(folder, 'log'), 'utf8')).toBe('before\n');
  });

  it('passes pipes and closed streams through', () => {
    const piped = traceLine('printf "c\\na\\n" | TRACE sort | tr a-z A-Z');
    expect(piped.stdout).toBe('A\nC\n');
    expect(piped.trace.conditions.streams).toMatchObject({ stdin: { kind: 'pipe' }, stdout: { kind: 'pipe' } });
    expect(traceLine('TRACE cat 0</dev/null').trace.conditions.streams.stdin).toEqual({ kind: 'null' });
  });

  it('gives the command the terminal', () => {
    const line = `${quoted} "${driver}" "${result}" sh -c 'test -t 0 && test -t 1 && test -t 2 && tty && exit 7'`;
    const { stdout } = spawnSync('script', ['-qec', line, '/dev/null'], { cwd: folder, encoding: 'utf8' });
    expect(stdout).toMatch(/^\/dev\/pts\/\d+/);
    const { trace } = readTrace();
    expect(trace.exit.code).toBe(7);
    expect(trace.conditions.streams.stdin).toEqual({ kind: 'terminal' });
  });

  it('records threads, an exec from one of them, and a static program', () => {
    const threads = traceLine('TRACE ./threads');
    const made = threads.trace.accesses.filter(({ uses }) => uses.includes('created'));
    expect(made).toHaveLength(400);
    expect(made.every(({ before }) => before === 'absent')).toBe(true);
    expect(threads.trace.processes).toHaveLength(1);

    writeFileSync(join(folder, 'from-thread'), 'seen\n');
    const replaced = traceLine('TRACE ./execFromThread');
    expect([replaced.status, replaced.stdout]).toEqual([0, 'seen\n']);
    expect(replaced.at('from-thread')?.uses).toEqual(['read']);
    expect(replaced.at('/bin/cat')?.uses).toEqual(['executed']);

    writeFileSync(join(folder, 'read-statically'), '');
    const statically = traceLine('TRACE ./statically');
    expect(statically.trace.accesses.map(({ path }) => path).filter((path) => path !== '/proc/self/exe')).toEqual([
      `${folder}/read-statically`,
      `${folder}/statically`,
    ]);
  });

  it('follows directory descriptors, openat2, fchdir, vfork and files without a name', () => {
    const { at, status, trace } = traceLine('TRACE ./directories');
    expect(status).toBe(3);
    expect(at('sub')).toMatchObject({ uses: ['listed', 'examined', 'created', 'entered'], before: 'absent' });
    expect(at('sub/by-openat2')).toMatchObject({ uses: ['read', 'written', 'created', 'removed'], before: 'absent' });
    expect(at('sub/renamed')).toMatchObject({ before: 'absent' });
    expect(at('sub/renamed')?.uses).toEqual(expect.arrayContaining(['read', 'written', 'created']));
    expect(at('sub/after-fchdir')).toMatchObject({ uses: ['written', 'created'], before: 'absent' });
    expect(at('sub/link')).toMatchObject({ uses: ['created'], before: 'absent' });
    expect(at('sub/second')?.uses).toEqual(['written', 'created', 'removed']);
    expect(at('sub/named')?.uses).toEqual(['written', 'created']);
    expect(at('/')?.uses).toContain('entered');
    expect(at('/bin/sh')?.uses).toEqual(['executed']);
    expect(trace.accesses.some(({ path }) => path.includes('..'))).toBe(false);
  });

  it('keeps names of any bytes', () => {
    const names = [
      'with space',
      'new\nline',
      '"quoted" <x> (y) = 3',
      'caf\u00e9\u00ff',
      'back\\slash',
      '\u0001\u007f',
      "it's",
    ];
    const { at } = traceLine(`TRACE python3 -c '
import os, sys
for name in eval(sys.argv[1]):
    name = name.encode("latin1")
    try: os.stat(name)
    except OSError: pass
    with open(name, "xb"): pass
    os.rename(name, name + b".moved")
' '${JSON.stringify(names).replaceAll("'", '\\u0027')}'`);
    for (const name of names) {
      expect(at(name)?.uses, name).toEqual(['written', 'created', 'removed', 'absent']);
      // Only the native tracer looks whether something was at the new name.
      expect(at(`${name}.moved`)?.uses, name).toEqual(tracer === 'native' ? ['written', 'created'] : ['written']);
    }
  });

  it('reads back five hundred random names as they were', () => {
    const { trace } = traceLine(`TRACE python3 -c '
import os, random
random.seed(7)
for _ in range(500):
    name = bytes(random.choice([b for b in range(1, 256) if b != 47]) for _ in range(random.randint(1, 80)))
    if name in (b".", b".."): continue
    try: os.stat(b"random/" + name)
    except OSError: pass
    print(name.hex())
' > names`);
    const names = readFileSync(join(folder, 'names'), 'utf8').trim().split('\n');
    const expected = names.map((name) => `${folder}/random/${Buffer.from(name, 'hex').toString('latin1')}`).sort();
    const seen = trace.accesses.map(({ path }) => path).filter((path) => path.startsWith(`${folder}/random/`));
    expect(seen).toEqual([...new Set(expected)]);
  });

  it('finds shebang chains and the loader, which the kernel opens', () => {
    const chain = ['one', 'two', 'three'];
    chain.forEach((name, at) => {
      const interpreter = at === 0 ? '/bin/cat' : `${folder}/chain-${chain[at - 1]}`;
      writeFileSync(join(folder, `chain-${name}`), `#! ${interpreter}\n`, { mode: 0o755 });
    });
    const { at } = traceLine('TRACE ./chain-three');
    for (const name of chain) expect(at(`chain-${name}`)?.uses).toContain('executed');
    expect(at('/bin/cat')?.uses).toContain('executed');
    expect(at('/lib64/ld-linux-x86-64.so.2')?.uses).toContain('executed');

    writeFileSync(join(folder, 'broken'), '#!/no/such/interpreter\n', { mode: 0o755 });
    const broken = traceLine(`TRACE sh -c './broken; exit 5'`);
    expect(broken.status).toBe(5);
    expect(broken.at('broken')?.uses).toEqual(['examined']);
    expect(broken.at('/no/such/interpreter')?.uses).toEqual(['absent']);
  });

  it('knows new files, changed ones and temporary ones', () => {
    writeFileSync(join(folder, 'changed'), 'x');
    writeFileSync(join(folder, 'replaced'), 'x');
    const { at } = traceLine(
      `TRACE sh -c 'echo y > fresh; echo y >> changed; mv changed replaced; f=$(mktemp ./tmp.XXXXXX); mv $f kept-tmp; rm kept-tmp; mkdir dir; echo z > dir/f; rm dir/f; rmdir dir'`,
    );
    expect(at('fresh')).toMatchObject({ uses: ['written', 'created'], before: 'absent' });
    // Only the native tracer looks at a file before it lets the run change it.
    const content = { hash: sha256('x'), size: 1 };
    const isNative = tracer === 'native';
    expect(at('changed')?.before).toEqual(isNative ? expect.objectContaining(content) : 'unknown');
    expect(at('replaced')?.before).toEqual(
      isNative ? expect.objectContaining({ ...content, overwritten: true }) : 'unknown',
    );
    expect(at('dir/f')).toMatchObject({ uses: ['written', 'examined', 'created', 'removed'], before: 'absent' });
    expect(at('dir')).toMatchObject({ uses: expect.arrayContaining(['created', 'removed']), before: 'absent' });
  });

  it('resolves a parent of a link as the kernel does', () => {
    mkdirSync(join(folder, 'real/inner'), { recursive: true });
    writeFileSync(join(folder, 'real/beside'), '');
    symlinkSync('real/inner', join(folder, 'shortcut'));
    const { at } = traceLine('TRACE cat shortcut/../beside');
    expect(at('real/beside')).toMatchObject({ uses: ['read'] });
    expect(at('beside')).toBeUndefined();
  });

  it('misses no file that a plain strace sees', () => {
    const work = `python3 -c 'import json, sqlite3, xml.dom.minidom' && gcc -o ./directories2 directories.c -w && printf 'a\\n' | sort | awk '{print}'`;
    const log = join(folder, '.truth');
    execFileSync('strace', ['-f', '-y', '-s', '4096', '-e', 'trace=openat,open,creat', '-o', log, 'sh', '-c', work], {
      cwd: folder,
    });
    const { trace } = traceLine(
      `TRACE sh -c "${work.replaceAll('\\', '\\\\').replaceAll('$', '\\$')}"`.replace('{print}', '{print}'),
    );
    const seen = new Set(trace.accesses.map(({ path, resolved }) => resolved ?? path));
    const missing = [...readFileSync(log, 'latin1').matchAll(/ = \d+<(\/[^>]+)>$/gm)]
      .map(([, path]) => path ?? '')
      .filter((path) => !/\/cc\w{6}\.[\w.]+$/.test(path) && !/\.pyc\.\d+/.test(path) && !seen.has(path as FilePath));
    expect(missing).toEqual([]);
    expect(seen.size).toBeGreaterThan(100);
  });

  it('leaves the environment, the umask and the limits as they were', () => {
    const line = `umask 027; ulimit -n 200; env -i PATH="$PATH" REPROMAN_TRACER="$REPROMAN_TRACER" A='x
y' B= PROBE sh -c 'cat /proc/self/environ | tr "\\0" "|"; umask; ulimit -Sn; ulimit -Hn'`;
    const plain = traceLine(`${line.replace('PROBE ', '')} ; TRACE true`);
    const traced = traceLine(line.replace('PROBE', 'TRACE'));
    expect(traced.stdout).toBe(plain.stdout);
    expect(traced.trace.conditions).toMatchObject({ umask: 0o27, environment: { A: 'x\ny', B: '' } });
  });

  it('hands a signal on once and lives to tell', async () => {
    rmSync(result, { force: true });
    const script = `trap 'echo got; exit 9' TERM; echo ready; while :; do sleep 0.05; done`;
    const child = spawn(process.execPath, [...runner.slice(1), driver, result, 'sh', '-c', script], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    for await (const chunk of child.stdout) {
      said += String(chunk);
      if (String(chunk).includes('ready')) child.kill('SIGTERM');
    }
    expect(said).toBe('ready\ngot\n');
    expect(readTrace().trace.exit).toEqual({ code: 9 });
  });

  it('lets the terminal’s Ctrl-C reach the command, once', async () => {
    rmSync(result, { force: true });
    const script = `trap "echo interrupted; exit 8" INT; echo ready; while :; do sleep 0.05; done`;
    const line = `${quoted} "${driver}" "${result}" sh -c '${script}'`;
    const child = spawn('script', ['-qec', line, '/dev/null'], { cwd: folder, stdio: 'pipe' });
    let said = '';
    for await (const chunk of child.stdout) {
      said += String(chunk);
      if (String(chunk).includes('ready')) child.stdin.write('\u0003');
    }
    expect(said.match(/interrupted/g)).toHaveLength(1);
    expect(readTrace().trace.exit).toEqual({ code: 8 });
  });

  it('passes arguments of any bytes', () => {
    const { stdout, trace } = traceLine(
      `TRACE printf '%s|' $'caf\\xe9' $'two\\n' 'back\\\\slash' $'\\xc3\\xa9' | od -An -c`,
    );
    expect(stdout.replace(/\s+/g, ' ')).toBe(' c a f 351 | t w o \\n | b a c k \\ \\ s l a s h | 303 251 | ');
    expect(trace.notes.join()).toContain('not UTF-8');
  });

  it('waits for what goes on in the background and says so', () => {
    const { trace, at } = traceLine(`TRACE sh -c '(sleep 0.5; echo late > from-background) & exit 4'`);
    expect(trace.exit).toEqual({ code: 4 });
    expect(at('from-background')?.uses).toContain('written');
    expect(trace.notes.join()).toContain('in the background');
  });

  it('leaves a daemon behind alive when it is told to end', async () => {
    rmSync(result, { force: true });
    const script = `sh -c 'trap "" TERM HUP; sleep 60; echo lived > from-daemon' >/dev/null 2>&1 & echo started; exit 6`;
    const child = spawn(process.execPath, [...runner.slice(1), driver, result, 'sh', '-c', script], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = new Promise((resolve) => child.once('exit', resolve));
    for await (const chunk of child.stdout) if (String(chunk).includes('started')) break;
    setTimeout(() => child.kill('SIGTERM'), 1500);
    expect(await exited).toBe(6);
    const { trace } = readTrace();
    expect(trace.notes.join()).toContain('when the trace ended');
    const sleeping = trace.processes.find(({ argv }) => argv[0] === 'sleep');
    process.kill(sleeping?.pid ?? 0, 'SIGKILL');
    await vi.waitFor(() => expect(readFileSync(join(folder, 'from-daemon'), 'utf8')).toBe('lived\n'), 5000);
  });

  it('knows which signals ended the command and its processes', () => {
    const { trace } = traceLine('TRACE timeout 0.5 sleep 60');
    expect(trace.exit).toEqual({ code: 124 });
    expect(trace.processes.find(({ argv }) => argv[0] === 'sleep')?.exit).toMatchObject({ signal: 'SIGTERM' });
    expect(trace.notes).toEqual([]);
    const killed = traceLine("TRACE sh -c 'kill -KILL $$'");
    expect(killed.trace.exit).toMatchObject({ code: 137, signal: 'SIGKILL' });
    expect(killed.trace.notes).toEqual([]);
  });

  it('still has its say when the tracer’s program is killed', async () => {
    rmSync(result, { force: true });
    const script =
      'cat directories.c >/dev/null; kill -KILL $(sed -n "s/^TracerPid:.//p" /proc/self/status); cat threads.c';
    const child = spawn(process.execPath, [...runner.slice(1), driver, result, 'sh', '-c', script], {
      cwd: folder,
      stdio: 'ignore',
    });
    expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(137);
    const { trace, at } = readTrace();
    expect(at('directories.c')?.uses).toEqual(['read']);
    expect(trace.notes.join()).toContain('The tracer was ended by SIGKILL before the command');
  });

  it('refuses to run under another tracer', () => {
    const { status, stderr } = spawnSync('strace', ['-f', '-o', '/dev/null', ...runner, driver, result, 'true'], {
      encoding: 'utf8',
    });
    expect(status).not.toBe(0);
    expect(stderr).toContain('itself being traced');
  });

  it('leaves nothing behind', () => {
    const own = mkdtempSync(join(folder, 'temporary-'));
    traceLine('TRACE true', { env: { ...process.env, TMPDIR: own } });
    expect(readdirSync(own).filter((name) => name.startsWith('reproman-'))).toEqual([]);
  });
});
