import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { needs, shared } from '../../support/needs.js';
import { must } from '../../support/run.js';
import { buildFixture, type Layer, openWorkshop, type Workshop } from '../../support/tracing/native-tracer.js';

let workshop: Workshop;

const prepare = shared(async () => {
  workshop = await openWorkshop();
  for (const name of ['chdir-race', 'interrupts']) await buildFixture(name, workshop.at(name));
});

beforeEach(needs({ programs: ['cc', '/usr/include/stdlib.h', '/usr/bin/python3'] }));
beforeEach(prepare);
afterAll(() => workshop?.[Symbol.dispose]());

/** Names as a file system may have them: no byte is safe. */
const makeNames = `import os, random
random.seed(11)
with open('names', 'wb') as out:
    for length in [1, 2, 3, 100, 254, 255] * 60:
        name = bytes(random.choice([b for b in range(1, 256) if b != 47]) for _ in range(length))
        if name in (b'.', b'..'): continue
        out.write(name.hex().encode() + b'\\n')
        try: os.stat(name)
        except OSError: pass
        with open(name, 'wb'): pass
        os.rename(name, name[:-1] + b'?')
        os.unlink(name[:-1] + b'?')`;

/** A path of 4,095 bytes that leads somewhere, which only relative steps can make. */
const makeDeep = `import os
top = os.environ['TOP']
step = 'd' * 200
steps = (4095 - len(top) - 2) // 201
for _ in range(steps):
    os.mkdir(step)
    os.chdir(step)
path = top + ('/' + step) * steps
path += '/' + 'f' * (4095 - len(path) - 1)
open(path, 'w').close()
os.stat(path)
try: os.stat(path + 'f')
except OSError as error: print(error.errno)
print(len(path))`;

describe.for<Layer>(['ptrace', 'notify'])('the %s layer', (layer) => {
  beforeEach((context) => context.skip(!workshop.layers.includes(layer), 'this kernel has no such layer'));

  it('tells names of any bytes as they are', async () => {
    const { code, read } = await workshop.trace(layer, ['/usr/bin/python3', '-c', makeNames]);
    expect([code, read.isWhole]).toEqual([0, true]);
    const names = readFileSync(workshop.at('names'), 'utf8').trim().split('\n');
    const paths = names.map((name) => `${workshop.folder}/${Buffer.from(name, 'hex').toString('latin1')}`);
    expect(paths.length).toBeGreaterThan(300);
    const expected = paths.flatMap((path) => [
      `stat ENOENT ${path}`,
      `write ${path}`,
      `rename ${path} -> ${path.slice(0, -1)}?`,
      `unlink ${path.slice(0, -1)}?`,
    ]);
    expect(expected.filter((fact) => !read.facts.all.has(fact) && !/\/(\.+|)\?( |$)/.test(fact))).toEqual([]);
  });

  it('follows the longest paths', async () => {
    rmSync(workshop.at('d'.repeat(200)), { recursive: true, force: true });
    const env = { PATH: process.env['PATH'] ?? '', TOP: workshop.folder };
    const { stdout, read } = await workshop.trace(layer, ['/usr/bin/python3', '-c', makeDeep], { env });
    expect(stdout).toBe('36\n4095\n');
    const longest = [...read.facts.all].filter((fact) => /\/f+$/.test(fact));
    const lengths = longest.map((fact) => [fact.split(' ')[0], fact.length - fact.indexOf('/')]).sort();
    expect(lengths).toEqual([
      ['empty', 4095],
      ['stat', 4095],
      ['write', 4095],
    ]);
  });

  it('names the folder that was the working one at the moment of an open', async () => {
    const cwd = workshop.at(`race-${layer}`);
    for (const folder of ['one', 'two']) {
      mkdirSync(`${cwd}/${folder}`, { recursive: true });
      for (let at = 0; at < 2000; at++) writeFileSync(`${cwd}/${folder}/read-f${at}`, '');
    }
    const { code, stdout, read } = await workshop.trace(layer, [workshop.at('chdir-race')], { cwd });
    const places = stdout.trim().split('\n');
    expect([code, places.length]).toEqual([0, 4000]);
    expect(places.filter((path) => !read.opened.has(path))).toEqual([]);
    const told = [...read.opened].filter((path) => /\/(?:file|read)-f\d+$/.test(path));
    expect(told.sort()).toEqual(places.toSorted());
  });

  it('keeps interrupts from calls that are never interrupted untraced, and leaves them to those that are', async () => {
    for (const name of ['link', 'fifo']) rmSync(workshop.at(name), { force: true });
    const { stdout } = await workshop.trace(layer, ['./interrupts']);
    expect(stdout).toBe('rang 0 1\n');
  });

  it('adds no descriptor and no variable to the command', async () => {
    const script = 'import os; print(sorted(os.listdir("/proc/self/fd"))); print(dict(os.environ))';
    const argv = ['/usr/bin/python3', '-c', script];
    const env = { PATH: '/usr/bin:/bin', A: 'x' };
    const plain = await must(argv, { env, cwd: workshop.folder });
    expect((await workshop.trace(layer, argv, { env })).stdout).toBe(plain);
  });

  it('refuses io_uring and says so', async () => {
    const script =
      'import ctypes; libc = ctypes.CDLL(None, use_errno=True); print(libc.syscall(425, 8, None), ctypes.get_errno())';
    const { stdout, read } = await workshop.trace(layer, ['/usr/bin/python3', '-c', script]);
    expect(stdout).toBe('-1 38\n');
    expect(read.notes.join()).toContain('io_uring');
  });

  it('ends as the command does', async () => {
    expect((await workshop.trace(layer, ['sh', '-c', 'exit 41'])).code).toBe(41);
    const killed = await workshop.trace(layer, ['/bin/sh', '-c', 'kill -SEGV $$']);
    expect(killed.read.facts.all).toContain('end SIGSEGV /bin/sh');
    expect([killed.code, killed.signal]).toEqual([139, undefined]);
    writeFileSync(workshop.at('plain'), 'text');
    expect((await workshop.trace(layer, ['./plain'])).code).toBe(126);
    expect((await workshop.trace(layer, ['./absent'])).code).toBe(127);
  });
});
