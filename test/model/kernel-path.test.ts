import { describe, expect, it } from 'vitest';
import { pathFromText } from '../../src/model/file-path.js';
import { isKernelPath } from '../../src/model/kernel-path.js';

describe('a path of the kernel', () => {
  it.each(['/proc', '/proc/self/maps', '/sys/devices', '/dev', '/dev/null', '/dev/shm', '/run/reproman/trace-1/log'])(
    'is %s',
    (path) => expect(isKernelPath(pathFromText(path))).toBe(true),
  );

  it.each(['/', '/dev/shm/table.csv', '/process', '/system/x', '/developer', '/run/lock', '/srv/dev/null', '/p'])(
    'is not %s',
    (path) => expect(isKernelPath(pathFromText(path))).toBe(false),
  );
});
