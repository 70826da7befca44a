import type { Machine } from '../../src/machines/machine.js';
import { systemError } from '../../src/machines/system-errors.js';
import type { FilePath } from '../../src/model/file-path.js';

/** The machine with a medium that fails at paths: what is there can be looked at and not read. */
export function failingAt(machine: Machine, fails: (path: FilePath) => boolean): Machine {
  const { files } = machine;
  const check = (path: FilePath) => {
    if (fails(path)) throw systemError('EIO', path);
  };
  return {
    ...machine,
    files: {
      ...files,
      read: async (path) => {
        check(path);
        return files.read(path);
      },
      list: async (path) => {
        check(path);
        return files.list(path);
      },
      ...(files.part && {
        part: async (path, offset, length) => {
          check(path);
          return (await files.part?.(path, offset, length)) ?? Buffer.alloc(0);
        },
      }),
    },
  };
}
