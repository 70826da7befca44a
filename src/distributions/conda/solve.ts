import { join } from 'node:path';
import { z } from 'zod';
import { ReproError } from '../../errors.js';
import { ownEnvironment } from '../../exec.js';
import type { Machine } from '../../machines/machine.js';
import { sha256Schema } from '../../model/schemas.js';
import { scratchFolder } from '../../scratch.js';
import { md5Schema } from './schema.js';

/** Programs that choose packages of conda, the fastest first. */
const solvers = ['micromamba', 'mamba', 'conda'] as const;

/** A package as a channel has it. https://docs.conda.io/projects/conda-build/en/stable/concepts/generating-index.html */
const solvedSchema = z.looseObject({
  name: z.string(),
  version: z.string(),
  build: z.string(),
  subdir: z.string(),
  fn: z.string(),
  url: z.string(),
  channel: z.string().optional(),
  depends: z.array(z.string()).default([]),
  sha256: sha256Schema.optional(),
  md5: md5Schema.optional(),
  size: z.int().optional(),
  /** Milliseconds since 1970, or seconds in old ones. */
  timestamp: z.number().optional(),
});

const answerSchema = z.looseObject({
  success: z.boolean().optional(),
  message: z.string().optional(),
  error: z.string().optional(),
  solver_problems: z.array(z.string()).optional(),
  actions: z.looseObject({ FETCH: z.array(solvedSchema).default([]) }).optional(),
});

export type Solved = z.infer<typeof solvedSchema>;

export interface SolveRequest {
  readonly host: Machine;
  readonly packages: readonly string[];
  /** None: those that the program is set to. */
  readonly channels: readonly string[];
  /** `linux-64` */
  readonly platform: string;
  readonly signal?: AbortSignal;
}

/** Has one of conda's own programs choose the packages of an environment that nothing is installed in yet. */
export async function solve({ host, packages, channels, platform, signal }: SolveRequest): Promise<Solved[]> {
  const { shell, label } = host;
  const search = ['sh', '-c', 'command -v "$@" | head -n 1', 'sh', ...solvers];
  const asked = await shell?.run(search, { environment: ownEnvironment() });
  const program = asked?.stdout.toString('utf8').trim();
  if (!shell || !program) throw withoutSolver(label);
  await using scratch = await scratchFolder('conda');
  // With a cache of its own, which is empty, it tells of every package where it is to be had.
  const environment = {
    ...ownEnvironment(),
    CONDA_PKGS_DIRS: join(scratch.path, 'pkgs'),
    MAMBA_ROOT_PREFIX: join(scratch.path, 'root'),
    CONDA_SUBDIR: platform,
  };
  const from = channels.length > 0 ? ['--override-channels', ...channels.flatMap((each) => ['-c', each])] : [];
  const place = ['-p', join(scratch.path, 'prefix')];
  const argv = [program, 'create', '--dry-run', '--json', '--yes', ...place, ...from, ...packages];
  const { exit, stdout, stderr } = await shell.run(argv, { environment, ...(signal && { signal }) });
  const answer = answerIn(stdout.toString('utf8'));
  const found = answer?.actions?.FETCH ?? [];
  if (exit.code === 0 && answer?.success !== false && (found.length > 0 || packages.length === 0)) return found;
  const said = answer?.solver_problems?.join('; ') ?? answer?.message ?? answer?.error ?? stderr.toString('utf8');
  throw new ReproError(
    'not-rebuildable',
    `${program} cannot put these packages together.\n${said.trim().slice(-1500)}`,
    {
      where: packages.join(' '),
      remedy: 'Check the names, or name the channels that have them in REPROMAN_CONDA_CHANNELS.',
    },
  );
}

/** Some print lines for people before it. */
function answerIn(text: string): z.infer<typeof answerSchema> | undefined {
  try {
    return answerSchema.parse(JSON.parse(text.slice(Math.max(0, text.indexOf('{')))));
  } catch {
    return undefined;
  }
}

function withoutSolver(label: string): ReproError {
  return new ReproError('not-ready', `there is no program on ${label} that chooses packages of conda`, {
    where: 'conda',
    remedy: `install one of these: ${solvers.join(', ')}; or trace or retrace an environment that they made`,
  });
}
