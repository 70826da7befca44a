import { describe, expect, it } from 'vitest';
import type { Access } from '../../src/model/access.js';
import type { FilePath } from '../../src/model/file-path.js';
import { parseLimits, unusualLimits } from '../../src/tracing/limits.js';
import { rawArguments } from '../../src/tracing/raw-arguments.js';
import { signalNumber } from '../../src/tracing/signals.js';
import { isNewEnough } from '../../src/tracing/strace/readiness.js';
import { withStreamAccesses } from '../../src/tracing/stream-accesses.js';
import { parseDescriptorInfo } from '../../src/tracing/streams.js';

describe('limits', () => {
  const text = `Limit                     Soft Limit           Hard Limit           Units     
Max cpu time              60                   unlimited            seconds   
Max stack size            8388608              unlimited            bytes     
Max core file size        0                    unlimited            bytes     
Max processes             96551                96551                processes 
Max open files            512                  20000                files     
Max nice priority         0                    0                    
`;

  it('reads names, soft and hard values', () => {
    expect(parseLimits(text).get('nofile')).toEqual({ soft: 512, hard: 20_000 });
    expect(parseLimits(text).get('cpu')).toEqual({ soft: 60, hard: 'unlimited' });
    expect(parseLimits('')).toEqual(new Map());
  });

  it('keeps those that can change what a program does', () => {
    expect(unusualLimits(parseLimits(text))).toEqual({ cpu: 60, nofile: 512 });
  });
});

describe('parseDescriptorInfo', () => {
  it('reads the position, and flags in octal', () => {
    const info = parseDescriptorInfo('pos:\t17\nflags:\t0102001\nmnt_id:\t24\n');
    expect(info).toEqual({ position: 17, flags: 0o102001 });
  });
});

describe('withStreamAccesses', () => {
  it('joins a redirection with what the run did to the same file, and keeps the order', () => {
    const path = (text: string) => text as FilePath;
    const accesses: Access[] = [
      { path: path('/a'), uses: ['read'] },
      { path: path('/c'), uses: ['examined'], before: 'absent' },
    ];
    const redirected: Access[] = [
      { path: path('/c'), uses: ['written'], before: 'unknown' },
      { path: path('/b'), uses: ['read'] },
    ];
    expect(withStreamAccesses(accesses, redirected)).toEqual([
      { path: '/a', uses: ['read'] },
      { path: '/b', uses: ['read'] },
      { path: '/c', uses: ['written', 'examined'], before: 'unknown' },
    ]);
  });
});

describe('rawArguments', () => {
  const own = 'node\0run.js\0trace\0--\0cat\0caf\u00e9\0';

  it('finds the bytes of arguments that are not UTF-8 at the end of our own', () => {
    expect(rawArguments(['cat', 'caf\ufffd'], own)).toEqual(['cat', 'caf\u00e9']);
  });

  it('leaves alone what is whole, and what is not ours', () => {
    expect(rawArguments(['cat', 'x'], own)).toBeUndefined();
    expect(rawArguments(['dog', 'caf\ufffd'], own)).toBeUndefined();
  });
});

describe('names and versions', () => {
  it('knows signals by name, real-time ones too', () => {
    expect(['SIGKILL', 'SIGTERM', 'SIGRT_2', 'SIGRTMIN+2', 'SIGNONE'].map(signalNumber)).toEqual([9, 15, 34, 34, 0]);
  });

  it('needs strace 5.3 at least', () => {
    expect(['5.2', '5.3', '6.1', '4.26', '5.10', 'unknown'].map(isNewEnough)).toEqual([
      false,
      true,
      true,
      false,
      true,
      false,
    ]);
  });
});
