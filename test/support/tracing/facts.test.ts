import { expect, it } from 'vitest';
import { normaliseText } from './normalise.js';
import { straceFacts } from './strace-facts.js';

/** As `strace -xx` writes it. */
function hex(text: string): string {
  return [...Buffer.from(text)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
}

function facts(...lines: readonly string[]): string[] {
  return [...straceFacts(`${lines.join('\n')}\n`, '/w').all].sort();
}

it('joins a call that was told in two halves with another one between', () => {
  const log = [
    `7 openat(AT_FDCWD<${hex('/w')}>, "${hex('a, "(')}", O_RDONLY <unfinished ...>`,
    `8 access("${hex('b')}", R_OK) = -1 ENOENT (No such file or directory)`,
    `7 <... openat resumed>) = 3<${hex('/real/a')}>`,
  ];
  expect(facts(...log)).toEqual(['access ENOENT /w/b', 'lead /w/a, "( -> /real/a', 'read /w/a, "(']);
});

it('keeps a call with the process that an exec from a thread makes of it', () => {
  const log = [
    '7 clone3({flags=CLONE_VM|CLONE_THREAD, exit_signal=0} => {parent_tid=[8]}, 88) = 8',
    `8 execve("${hex('/bin/cat')}", ["${hex('cat')}"], 0x7ffc /* 3 vars */ <pid changed to 7 ...>`,
    '7 +++ superseded by execve in pid 8 +++',
    '7 <... execve resumed>) = 0',
    '7 +++ exited with 4 +++',
  ];
  expect(facts(...log)).toEqual(['end 4 /bin/cat', 'exec /bin/cat']);
});

it('follows a working folder into a child that acts before the call that made it returns', () => {
  const log = [
    `7 chdir("${hex('sub')}") = 0`,
    '7 vfork( <unfinished ...>',
    `8 access("${hex('x')}", F_OK) = 0`,
    '8 exit_group(0) = ?',
    '8 +++ exited with 0 +++',
    '7 <... vfork resumed>) = 8',
  ];
  expect(facts(...log)).toEqual(['access /w/sub/x', 'chdir /w/sub', 'end 0 ']);
});

it('knows the program of a child that starts a thread before the call that made it returns', () => {
  const log = [
    `7 execve("${hex('/bin/many')}", ["${hex('many')}"], 0x7ffc /* 3 vars */) = 0`,
    '7 fork( <unfinished ...>',
    '8 clone3({flags=CLONE_VM|CLONE_FS|CLONE_THREAD} <unfinished ...>',
    `9 access("${hex('/x')}", F_OK) = 0`,
    '8 <... clone3 resumed> => {parent_tid=[9]}, 88) = 9',
    '7 <... fork resumed>) = 8',
    '9 +++ exited with 0 +++',
    '8 +++ exited with 0 +++',
  ];
  expect(facts(...log)).toEqual(['access /x', 'end 0 /bin/many', 'exec /bin/many']);
});

it('takes ids of the run for ids, and other numbers for what they are', () => {
  const pids = new Set([4711]);
  expect(normaliseText('read /proc/4711/maps', pids)).toBe('read /proc/PID/maps');
  expect(normaliseText('read /w/a4711 and /w/4712', pids)).toBe('read /w/a4711 and /w/4712');
  expect(normaliseText('read /lib/libx.so.1.4711 and /x-4711.2', pids)).toBe('read /lib/libx.so.1.4711 and /x-4711.2');
  expect(normaliseText('connect inet 127.0.0.1:4711', pids)).toBe('connect inet 127.0.0.1:4711');
  expect(normaliseText('read /tmp/x.4711', pids)).toBe('read /tmp/x.PID');
  expect(normaliseText('write /tmp/ccAb12Cd.s', pids)).toBe('write /tmp/ccXXXXXX.s');
});
