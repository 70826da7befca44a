import { describe, expect, it } from 'vitest';
import { firstLineInterpreter, loaderSegment } from '../../src/tracing/interpreters.js';

describe('firstLineInterpreter', () => {
  it.each`
    line                           | interpreter
    ${'#!/bin/sh\necho'}           | ${'/bin/sh'}
    ${'#! /usr/bin/env python3\n'} | ${'/usr/bin/env'}
    ${'#!\t/bin/awk -f\n'}         | ${'/bin/awk'}
    ${'#!/bin/sh'}                 | ${'/bin/sh'}
    ${'#!relative/tool x\n'}       | ${'relative/tool'}
    ${'#!\n/bin/sh'}               | ${undefined}
    ${'#!   \n'}                   | ${undefined}
  `('reads $line', ({ line, interpreter }: { line: string; interpreter: string | undefined }) => {
    expect(firstLineInterpreter(Buffer.from(line, 'latin1'))).toBe(interpreter);
  });
});

describe('loaderSegment', () => {
  it('finds PT_INTERP in a 64-bit little-endian header', () => {
    const head = Buffer.alloc(256);
    head.write('\u007fELF', 0, 'latin1');
    head[4] = 2;
    head[5] = 1;
    head.writeBigUInt64LE(64n, 32);
    head.writeUInt16LE(56, 54);
    head.writeUInt16LE(2, 56);
    head.writeUInt32LE(1, 64);
    head.writeUInt32LE(3, 120);
    head.writeBigUInt64LE(200n, 128);
    head.writeBigUInt64LE(28n, 152);
    expect(loaderSegment(head)).toEqual({ offset: 200, size: 28 });
  });

  it('finds it in a 32-bit big-endian header', () => {
    const head = Buffer.alloc(256);
    head.write('\u007fELF', 0, 'latin1');
    head[4] = 1;
    head[5] = 2;
    head.writeUInt32BE(52, 28);
    head.writeUInt16BE(32, 42);
    head.writeUInt16BE(1, 44);
    head.writeUInt32BE(3, 52);
    head.writeUInt32BE(180, 56);
    head.writeUInt32BE(19, 68);
    expect(loaderSegment(head)).toEqual({ offset: 180, size: 19 });
  });

  it('finds none in a static program, a script or a stub', () => {
    const head = Buffer.alloc(128);
    head.write('\u007fELF', 0, 'latin1');
    head[4] = 2;
    head[5] = 1;
    expect(loaderSegment(head)).toBeUndefined();
    expect(loaderSegment(Buffer.from('#!/bin/sh\n'.repeat(20)))).toBeUndefined();
    expect(loaderSegment(Buffer.from('\u007fELF', 'latin1'))).toBeUndefined();
  });
});
