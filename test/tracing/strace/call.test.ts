import { describe, expect, it } from 'vitest';
import { parseCall, parseDescriptor } from '../../../src/tracing/strace/call.js';

describe('parseCall', () => {
  it('reads a name, arguments and a descriptor that says where the kernel ended up', () => {
    const line =
      'openat(AT_FDCWD</tmp>, "/lib/libc.so.6", O_RDONLY|O_CLOEXEC) = 3</usr/lib/x86_64-linux-gnu/libc.so.6>';
    expect(parseCall(7, line)).toEqual({
      pid: 7,
      name: 'openat',
      args: ['AT_FDCWD</tmp>', '"/lib/libc.so.6"', 'O_RDONLY|O_CLOEXEC'],
      result: { value: 3, descriptor: { path: '/usr/lib/x86_64-linux-gnu/libc.so.6', deleted: false } },
    });
  });

  it.each([
    ['access("nope", R_OK)              = -1 ENOENT (No such file or directory)', -1, 'ENOENT'],
    ['chdir("d")                        = 0', 0, undefined],
    ['exit_group(3)                     = ?', Number.NaN, undefined],
    ['openat(1</a>, "b", 0) = ? ERESTARTSYS (To be restarted if SA_RESTART is set)', Number.NaN, undefined],
    ['execve("/x", ["x"], 0x1 /* 3 vars */) = -1 (errno 18446744073709551595)', -1, '(errno'],
  ])('reads the result of %s', (line, value, errno) => {
    const { result } = parseCall(1, line) ?? {};
    expect(result?.value).toEqual(value);
    expect(result?.errno).toEqual(errno);
  });

  it('is not misled by anything inside strings, paths and comments', () => {
    const name = String.raw`a\nb\377<>\"q\" x) = 3, {[(/*`;
    const shown = String.raw`/tmp/a\nb\377\74\76\"q\" x) = 3, {[(/*`;
    const call = parseCall(1, `openat(5</tmp, (x>, "${name}", O_RDWR|O_CREAT, 0644) = 4<${shown}>(deleted)`);
    expect(call?.args).toHaveLength(4);
    expect(call?.result.descriptor).toEqual({ path: '/tmp/a\nb\u00ff<>"q" x) = 3, {[(/*', deleted: true });
    const exec = parseCall(1, 'execve("/bin/sh", ["sh", "-c", "a, b) = 0"], 0x7ffc /* 35 vars, ) */) = 0');
    expect(exec?.args).toEqual(['"/bin/sh"', '["sh", "-c", "a, b) = 0"]', '0x7ffc /* 35 vars, ) */']);
  });

  it('keeps structures whole and knows a shift from a path', () => {
    const clone = parseCall(1, 'clone3({flags=CLONE_VM|CLONE_FS, stack=1<<3} => {parent_tid=[5]}, 88) = 5');
    expect(clone?.args).toEqual(['{flags=CLONE_VM|CLONE_FS, stack=1<<3} => {parent_tid=[5]}', '88']);
    expect(parseCall(1, 'vfork()                          = 9')?.args).toEqual([]);
  });

  it.each([
    'openat(AT_FDCWD</tmp>, "/lib/lib',
    'openat(AT_FDCWD</tmp',
    'openat(AT_FDCWD</tmp>, "x", O_RDONLY',
    'openat(AT_FDCWD</tmp>, "x", O_RDONLY)',
    'no call at all',
    '',
    '(',
  ])('refuses a line that is cut short: %s', (line) => {
    expect(parseCall(1, line)).toBeUndefined();
  });
});

describe('parseDescriptor', () => {
  it('tells a removed file, and a descriptor without a path', () => {
    expect(parseDescriptor('4</tmp/x>(deleted)')).toEqual({ path: '/tmp/x', deleted: true });
    expect(parseDescriptor('AT_FDCWD</a b>')).toEqual({ path: '/a b', deleted: false });
    expect(parseDescriptor('4<pipe:[12]>')).toEqual({ path: 'pipe:[12]', deleted: false });
    expect(parseDescriptor('4')).toBeUndefined();
  });
});
