import { createInterface } from 'node:readline';
import { ReproError } from '../errors.js';
import type { Machine, Process } from '../machines/machine.js';
import { baseName, type FilePath, pathToBytes } from '../model/file-path.js';

/** Compares code as Python does, which no two honest compilations fail: how they share constants differs, not the code. */
export interface Recompiler extends AsyncDisposable {
  /** Whether compiled Python is what its own interpreter makes of the source: undefined where none there can tell. */
  same(bytecode: FilePath, source: FilePath): Promise<boolean | undefined>;
}

/** A line of two names in hexadecimal digits is answered with a word. Nothing of the site's own is imported. */
const script = `
import marshal, sys
def names(code):
    return {code.co_filename}.union(*(names(each) for each in code.co_consts if hasattr(each, 'co_consts')))
for line in sys.stdin:
    try:
        bytecode, source, level = line.split()
        bytecode, source = (bytes.fromhex(name).decode('utf8', 'surrogateescape') for name in (bytecode, source))
        with open(bytecode, 'rb') as file: code = marshal.loads(file.read()[16:])
        with open(source, 'rb') as file: made = compile(file.read(), source, 'exec', 0, True, int(level))
        print('same' if code == made and names(code) == {source} else 'other', flush=True)
    except Exception:
        print('other', flush=True)
`;

interface Interpreter {
  readonly process: Process;
  readonly answers: AsyncIterator<string>;
}

/** Asks interpreters of a machine, each started once, when it is first needed; without a machine none can tell. */
export function recompiler(machine: (() => Promise<Machine>) | undefined): Recompiler {
  const started = new Map<string, Promise<Interpreter | undefined>>();
  return {
    async same(bytecode, source) {
      const [, major, minor, level = '0'] = /\.cpython-(\d)(\d+)(?:\.opt-(\d))?\.pyc$/.exec(baseName(bytecode)) ?? [];
      if (major === undefined || machine === undefined) return undefined;
      const program = `python${major}.${minor}`;
      const starting = started.get(program) ?? start(program, await machine());
      started.set(program, starting);
      const interpreter = await starting;
      if (interpreter === undefined) return undefined;
      const names = [bytecode, source].map((path) => pathToBytes(path).toString('hex'));
      interpreter.process.stdin?.write(`${names.join(' ')} ${level}\n`);
      const { value, done } = await interpreter.answers.next();
      return done ? undefined : value === 'same';
    },
    async [Symbol.asyncDispose]() {
      for (const starting of started.values()) {
        // Why one did not start was thrown to who asked for it.
        const interpreter = await starting.catch(() => undefined);
        interpreter?.process.stdin?.end();
        await interpreter?.process.exited;
      }
    },
  };
}

async function start(program: string, machine: Machine): Promise<Interpreter | undefined> {
  const argv = [program, '-I', '-S', '-B', '-c', script];
  const process = await machine.shell?.spawn(argv, { stderr: 'ignore' }).catch((error: unknown) => {
    if (error instanceof ReproError && error.kind === 'not-ready') return undefined;
    throw error;
  });
  if (!process?.stdout) return undefined;
  process.stdin?.on('error', () => undefined);
  return { process, answers: createInterface({ input: process.stdout })[Symbol.asyncIterator]() };
}
