import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildTracer } from '../../../src/tracing/native/build.js';

let work: string;
let place: { sources: string; cache: string; path: string };

beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), 'build-test-'));
  place = { sources: join(work, 'sources'), cache: join(work, 'cache'), path: join(work, 'bin') };
  for (const folder of [place.sources, place.path]) mkdirSync(folder);
  writeFileSync(join(place.sources, 'one.c'), 'int one;');
  writeFileSync(join(place.sources, 'one.h'), '');
});
afterEach(() => rmSync(work, { recursive: true, force: true }));

/** A compiler that notes how it was called, and writes as slowly as a real one. */
function compiler(script: string): void {
  const file = join(place.path, 'cc');
  writeFileSync(
    file,
    `#!/bin/sh\necho "$@" >>"${work}/calls"\nfor word; do [ "$before" = -o ] && out=$word; before=$word; done\n${script}\n`,
  );
  chmodSync(file, 0o755);
}

const calls = () => readFileSync(join(work, 'calls'), 'utf8').trim().split('\n');
const works = 'printf half >"$out"; sleep 0.2; printf "half and whole" >"$out"';

describe('buildTracer', () => {
  it('compiles once, and anew when a source changed', async () => {
    compiler(works);
    const first = await buildTracer(place);
    expect(await buildTracer(place)).toEqual(first);
    expect(calls()).toHaveLength(1);
    writeFileSync(join(place.sources, 'one.h'), 'changed');
    expect(await buildTracer(place)).not.toEqual(first);
    expect(calls()).toHaveLength(2);
  });

  it('lets several compile at once, and none of them see half a program', async () => {
    compiler(works);
    const seen: string[] = [];
    const look = async () => {
      const found = await buildTracer(place);
      seen.push('program' in found ? readFileSync(found.program, 'utf8') : found.missing);
    };
    const waiting = [look(), look()];
    const timer = setInterval(() => waiting.push(look()), 20);
    await Promise.all([...waiting]);
    clearInterval(timer);
    await Promise.all(waiting);
    expect(new Set(seen)).toEqual(new Set(['half and whole']));
  });

  it('goes without static libraries where there are none', async () => {
    compiler('case " $* " in *" -static "*) echo "no libc.a" >&2; exit 1;; esac; echo dynamic >"$out"');
    const found = await buildTracer(place);
    expect('program' in found && readFileSync(found.program, 'utf8')).toBe('dynamic\n');
  });

  it('says why there is no tracer, and leaves nothing half made', async () => {
    expect(await buildTracer(place)).toEqual({ missing: 'it is not compiled yet, and there is no C compiler' });
    compiler('echo "one.c:1: wrong" >&2; echo half >"$out"; exit 1');
    expect(await buildTracer(place)).toEqual({ missing: 'it cannot be compiled (one.c:1: wrong)' });
    const files = readdirSync(place.cache, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
    expect(files).toEqual([]);
    writeFileSync(join(work, 'file'), '');
    const nowhere = await buildTracer({ ...place, cache: join(work, 'file') });
    expect(nowhere).toMatchObject({ missing: expect.stringContaining('ENOTDIR') });
    rmSync(join(place.sources, 'one.c'));
    rmSync(join(place.sources, 'one.h'));
    expect(await buildTracer(place)).toEqual({ missing: 'its sources are not in this installation' });
  });
});
