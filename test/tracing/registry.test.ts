import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Machine } from '../../src/machines/machine.js';
import type { Readiness } from '../../src/model/readiness.js';
import { chooseTracer } from '../../src/tracing/registry.js';

const machine = { label: 'this machine' } as Machine;
const ready: Readiness = { ready: true };
const answers = vi.hoisted(() => ({ native: vi.fn(), strace: vi.fn() }));

vi.mock('../../src/tracing/native/index.js', () => ({ native: { name: 'native', check: answers.native } }));
vi.mock('../../src/tracing/strace/index.js', () => ({ strace: { name: 'strace', check: answers.strace } }));

const lacking = (missing: string): Readiness => ({ ready: false, missing, remedy: `Get ${missing}.` });

beforeEach(() => {
  answers.native.mockReset().mockResolvedValue(ready);
  answers.strace.mockReset().mockResolvedValue(ready);
});
afterEach(() => vi.unstubAllEnvs());

describe('chooseTracer', () => {
  it('takes the best one in silence, and asks no other', async () => {
    const warn = vi.fn();
    expect((await chooseTracer(machine, { warn })).name).toBe('native');
    expect(answers.strace).not.toHaveBeenCalled();
    expect(warn).not.toHaveBeenCalled();
  });

  it('falls back with one line that says why', async () => {
    answers.native.mockResolvedValue(lacking('a compiler'));
    const lines: string[] = [];
    expect((await chooseTracer(machine, { warn: (line) => lines.push(line) })).name).toBe('strace');
    expect(lines).toEqual(['tracing with strace, which sees less and is slower: native: a compiler']);
  });

  it('takes no other than the one that was asked for', async () => {
    vi.stubEnv('REPROMAN_TRACER', 'strace');
    expect((await chooseTracer(machine)).name).toBe('strace');
    expect((await chooseTracer(machine, { name: 'native' })).name).toBe('native');
    answers.strace.mockResolvedValue(lacking('strace'));
    await expect(chooseTracer(machine)).rejects.toMatchObject({ kind: 'not-ready', remedy: 'Get strace.' });
    vi.stubEnv('REPROMAN_TRACER', 'other');
    await expect(chooseTracer(machine)).rejects.toMatchObject({ kind: 'usage' });
  });
});
