import { realpathSync, statSync } from 'node:fs';
import { ReproError } from '../errors.js';
import { killQuietly, spawnProcess } from '../exec.js';
import type { Machine } from '../machines/machine.js';
import type { Access, Exit, Trace } from '../model/access.js';
import { joinPath, normalizePath, pathFromText, pathToBytes, showPath } from '../model/file-path.js';
import { tellProgress } from './command.js';
import type { Engine } from './engine.js';
import { lookUpProgram } from './lookup.js';
import { onHurry } from './patience.js';
import { pathText } from './redirections.js';
import { lookAtProcess, type RunningProcess, refusedToAttach } from './running-process.js';
import { settleRun } from './settled-run.js';
import { openSite } from './site.js';
import type { AttachOptions } from './tracer.js';

type AttachingEngine = Engine & Required<Pick<Engine, 'attachArguments'>>;

/** Follows a process of this machine until it ends, or until a signal to us lets go of it. */
export async function attach(engine: AttachingEngine, pid: number, options: AttachOptions): Promise<Trace> {
  const { machine, signal } = options;
  const { shell } = machine;
  if (!shell || !machine.isLocal) {
    throw new ReproError('usage', `a process can be followed on this machine only, not on ${machine.label}`);
  }
  const tracer = { name: engine.name, version: await engine.version() };
  const running = await underItsName(lookAtProcess(pid), machine);
  const { conditions, redirected } = running;
  await using site = await openSite(await engine.program(), shell, options);
  const started = new Date();
  const { exit, said } = await follow([...site.tracer, ...engine.attachArguments(site, pid, options)], options);
  const seconds = Math.round(Date.now() - started.getTime()) / 1000;
  const run = await engine.read(site.read(), conditions.cwd, signal);
  if (run.processes.list().length === 0) throw refusedToAttach(pid, said);
  const facts = { site, machine, options, exit, argv: conditions.argv, attached: true, redirected } as const;
  const settled = await settleRun(run, facts);
  const { rootExit } = run.processes;
  return {
    tracer,
    conditions: { ...conditions, started: started.toISOString(), seconds },
    ...(rootExit ? { exit: rootExit } : {}),
    ...settled,
    notes: [...settled.notes, ...notesOn(running, settled)],
  };
}

/** A process may call itself anything: its command is what can be started again. */
async function underItsName(running: RunningProcess, machine: Machine): Promise<RunningProcess> {
  const { program, conditions, redirected } = running;
  const [name = '', ...rest] = conditions.argv;
  const { cwd, environment } = conditions;
  const found = await lookUpProgram(name, { machine, cwd, environment }, true);
  if (found.kind !== 'found' || realpathSync(pathToBytes(found.path), 'buffer').toString('latin1') !== program) {
    return { ...running, conditions: { ...conditions, argv: [pathText(program), ...rest] } };
  }
  const started: Access = {
    path: found.path,
    uses: ['executed'],
    ...(found.path === program ? {} : { resolved: program }),
  };
  return { ...running, redirected: [...redirected, started] };
}

/** Signals are no longer those of the command: they let go of it. What the tracer says ends in `said`. */
async function follow(argv: readonly string[], options: AttachOptions): Promise<{ exit: Exit; said: string }> {
  const { onProgress, signal, whileRunning } = options;
  signal?.throwIfAborted();
  using _running = whileRunning?.();
  const tracer = spawnProcess(argv, {
    stdin: 'ignore',
    stdout: 'ignore',
    ...(onProgress ? { report: true } : {}),
  });
  using _letGo = onHurry(() => killQuietly(tracer.pid, 'SIGTERM'));
  void tellProgress(tracer.report, onProgress);
  let said = '';
  tracer.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text));
  const exit = await tracer.exited;
  return { exit, said: said.trim().replace(/^.*?: (?=cannot)/, '') };
}

/** What nobody saw, as it was over before the trace began. */
function notesOn({ conditions, isApart }: RunningProcess, { accesses }: Pick<Trace, 'accesses'>): string[] {
  const seen = new Set(accesses.map(({ path }) => path));
  const named = conditions.argv.slice(1).flatMap((word) => {
    const path = normalizePath(joinPath(conditions.cwd, pathFromText(word)));
    return word !== '' && !seen.has(path) && isFile(path) ? [showPath(path)] : [];
  });
  const unseen = 'The command line names what was not in use any more when the trace began; --carry PATH keeps it';
  return [
    ...(named.length > 0 ? [`${unseen}: ${named.join(', ')}.`] : []),
    ...(isApart ? ['The command has mounts of its own: paths are recorded as this machine has them.'] : []),
  ];
}

function isFile(path: ReturnType<typeof normalizePath>): boolean {
  return statSync(pathToBytes(path), { throwIfNoEntry: false })?.isFile() ?? false;
}
