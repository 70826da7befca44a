import { type ExecProcess, findProgram, spawnProcess } from '../../exec.js';
import { type FilePath, pathToBytes } from '../../model/file-path.js';

/** Reads all extended attributes of files of this machine, as entries of a trie have them. */
export interface AttributeReader extends AsyncDisposable {
  /** In the order of the paths; undefined of what is gone, or may not be looked at. */
  read(onDisk: readonly FilePath[]): Promise<readonly (string | undefined)[]>;
}

/** One process of Python for all of them, as Node has no such call; undefined where there is no Python. */
export function openAttributeReader(): AttributeReader | undefined {
  const python = findProgram('python3', '/usr/bin') ?? findProgram('python3');
  if (python === undefined) return undefined;
  const child = spawnProcess([python, '-I', '-c', script]);
  const answers = answersOf(child);
  let last: Promise<unknown> = Promise.resolve();
  return {
    read(onDisk) {
      const asked = last.then(() => askAll(child, answers, onDisk));
      last = asked.catch(() => undefined);
      return asked;
    },
    async [Symbol.asyncDispose]() {
      child.stdin?.end();
      child.kill('SIGTERM');
      await child.exited;
    },
  };
}

/** For each path one answer: lines of names and values, `-` where there is no telling, ended by NUL. */
const script = `import os, sys
left = b""
while True:
    chunk = os.read(0, 1 << 16)
    if not chunk: break
    *paths, left = (left + chunk).split(b"\\0")
    out = []
    for path in paths:
        try:
            names = sorted(os.fsencode(name) for name in os.listxattr(path, follow_symlinks=False))
            lines = [name + b"=" + os.getxattr(path, name, follow_symlinks=False).hex().encode() for name in names]
            out.append(b"\\n".join(lines))
        except OSError as error:
            out.append(b"" if error.errno == 95 else b"-")
    sys.stdout.buffer.write(b"".join(each + b"\\0" for each in out))
    sys.stdout.buffer.flush()`;

async function askAll(
  child: ExecProcess,
  answers: AsyncGenerator<string, void>,
  onDisk: readonly FilePath[],
): Promise<readonly (string | undefined)[]> {
  child.stdin?.write(Buffer.concat(onDisk.map((path) => pathToBytes(`${path}\0` as FilePath))));
  const found: (string | undefined)[] = [];
  while (found.length < onDisk.length) {
    const { done, value } = await answers.next();
    if (done) throw new Error('the program that reads extended attributes ended');
    found.push(value === '-' ? undefined : value);
  }
  return found;
}

async function* answersOf({ stdout }: ExecProcess): AsyncGenerator<string, void> {
  let left = '';
  for await (const chunk of stdout ?? []) {
    const parts = (left + (chunk as Buffer).toString('latin1')).split('\0');
    left = parts.pop() ?? '';
    yield* parts;
  }
}
