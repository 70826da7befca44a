import { expect, it } from 'vitest';
import { ProgressReporter } from '../../src/cli/progress-reporter.js';

function recorded(isTTY: boolean) {
  const written: string[] = [];
  const clock = { now: 0 };
  const output = { isTTY, columns: 60, write: (part: string) => written.push(part) };
  const reporter = new ProgressReporter(output, () => clock.now);
  const pass = (milliseconds: number) => {
    clock.now += milliseconds;
  };
  return { reporter, pass, text: () => written.join('') };
}

it('writes one plain line per stage where there is no terminal', () => {
  const { reporter, pass, text } = recorded(false);
  reporter.report({ kind: 'begin', stage: 'fetch packages', total: 3_000_000, unit: 'bytes' });
  pass(2000);
  reporter.report({ kind: 'advance', stage: 'fetch packages', done: 3_000_000 });
  reporter.report({ kind: 'end', stage: 'fetch packages' });
  reporter.report({ kind: 'begin', stage: 'check' });
  reporter.report({ kind: 'end', stage: 'check', message: 'all equal' });
  expect(text()).toBe('fetch packages: 3.0 MB (2.0 s)\ncheck: all equal (0.0 s)\n');
});

it('keeps a live line with amount, share and rate on a terminal', () => {
  const { reporter, pass, text } = recorded(true);
  reporter.report({ kind: 'begin', stage: 'fetch', total: 4_000_000, unit: 'bytes' });
  pass(2000);
  reporter.report({ kind: 'advance', stage: 'fetch', done: 1_000_000 });
  reporter[Symbol.dispose]();
  expect(text().split('\r\u001b[K')).toEqual([
    'fetch ... 0 % 0 B of 4.0 MB',
    'fetch ... 25 % 1.0 MB of 4.0 MB, 500 kB/s',
    '',
  ]);
});

it('does not redraw more often than ten times a second', () => {
  const { reporter, text } = recorded(true);
  reporter.report({ kind: 'begin', stage: 'hash', unit: 'files' });
  for (let done = 1; done < 1000; done++) reporter.report({ kind: 'advance', stage: 'hash', done });
  expect(text()).toBe('hash ...');
});
