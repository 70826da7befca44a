import { chmodSync, chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import type { BackendName, OuterName } from '../../backends/registry.js';
import type { Proof } from '../../src/proof/proof.js';
import { renderProof } from '../../src/proof/report.js';
import { type Cli, type FreshOptions, freshCli } from './cli.js';
import { expectRow, type MadeOnBackend } from './every-backend.js';
import { type Root, withRoot } from './roots.js';
import { must, type RunResult } from './run.js';
import type { OrdinaryUser } from './users.js';

/** One of the real inputs: files, and a command over them. */
export interface Input {
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  readonly command: readonly string[];
  /** The exit code that the command has and the trace must keep. */
  readonly code?: number;
  /** The table of all backends is of what is built from it. */
  readonly inTable?: true;
  /** Changes the system before the trace. */
  readonly prepare?: (system: System) => Promise<void>;
}

/** Where a command is traced: a bootstrapped root, or this machine as it is. */
export type System = Pick<Root, 'path' | 'inside'>;

/** One inventory, and maybe one root, that several inputs are traced in: each once, when it is first asked for. */
export interface Place extends AsyncDisposable {
  cli(): Promise<Cli>;
  trace(input: Input): Promise<Traced>;
}

export interface Traced {
  readonly input: Input;
  readonly cli: Cli;
  readonly root: Root | undefined;
  readonly spec: string;
  /** Where the input's files are on this machine. */
  readonly folder: string;
  readonly result: RunResult;
  /** Tree digests of all that was built from it. */
  readonly digests: Set<string | undefined>;
}

/** The environment of a trace, built and proved; disposing deletes it. */
export interface Rebuilt extends AsyncDisposable {
  readonly name: string;
  readonly proof: Proof;
}

/** Nothing is made before the first input is traced. */
export function place(origin: 'host' | 'root', options: FreshOptions = {}): Place {
  const traces = new Map<Input, Promise<Traced>>();
  let opened: ReturnType<typeof make> | undefined;
  const make = async () => ({
    cli: await freshCli(options),
    root: origin === 'root' ? await withRoot() : undefined,
  });
  const open = () => {
    opened ??= make();
    return opened;
  };
  return {
    cli: async () => (await open()).cli,
    async trace(input) {
      const { cli, root } = await open();
      const traced = traces.get(input) ?? traceIn(input, cli, root, options.user);
      traces.set(input, traced);
      return traced;
    },
    async [Symbol.asyncDispose]() {
      const made = await opened?.catch(() => undefined);
      await made?.cli[Symbol.asyncDispose]();
      await made?.root?.[Symbol.asyncDispose]();
    },
  };
}

async function traceIn(input: Input, cli: Cli, root: Root | undefined, user?: OrdinaryUser): Promise<Traced> {
  const inRoot = `/srv/${input.name}`;
  const folder = join(root ? `${root.path}/srv` : cli.work, input.name);
  mkdirSync(folder, { recursive: true });
  if (user) chownSync(folder, user.uid, user.gid);
  writeFiles(folder, input.files, user);
  await input.prepare?.(root ?? { path: '/', inside: must });
  const spec = join(folder, 'environment.yml');
  const where = root ? ['--root', root.path, '--cwd', inRoot] : [];
  const argv = ['trace', '-o', spec, ...where, '--', ...input.command];
  const result = await cli.must(argv, { code: input.code ?? 0, cwd: folder });
  return { input, cli, root, spec, folder, result, digests: new Set() };
}

/**
 * Creates the environment, proves it and runs the command again. Fails unless everything is the same: the packages'
 * versions, every file of theirs, exit code, outputs and accesses, and the tree that other backends made of it.
 */
export async function rebuild(
  traced: Traced,
  backend: BackendName | `${OuterName}:${BackendName}`,
  parameters: readonly string[] = [],
): Promise<Rebuilt> {
  const { cli, root, spec, folder, input } = traced;
  const name = `${input.name}-${backend.replace(':', '-')}-${process.pid}`;
  const inputs = root ? ['--inputs', folder] : [];
  const fresh = cli.takesBare ? [] : ['--fresh'];
  const how = [...fresh, '--json', '--backend', backend, '--name', name, '--rerun', ...inputs];
  const told = parameters.flatMap((parameter) => ['-b', parameter]);
  const created = await cli.run(['create', ...told, ...how, spec]);
  const { proof, resource } = parsed(created);
  if (!proof || !resource) throw new Error(`no proof: ${created.stdout}${created.stderr}`);
  const dispose = async () => {
    await cli.must(['delete', '--yes', name]);
  };
  try {
    expectProved(proof, created.code);
    await expectExactVersions(traced, name);
    traced.digests.add(resource.treeDigest);
    expect([...traced.digests]).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
    await expectRows(traced, backend, { proof, resource });
  } catch (error) {
    await dispose();
    throw error;
  }
  return { name, proof, [Symbol.asyncDispose]: dispose };
}

/** What was built from each trace last on each kind of place. */
const madeFrom = new WeakMap<Traced, Map<string, MadeOnBackend>>();

/** What was built before rootfs is compared with it afterwards. */
async function expectRows(traced: Traced, kind: string, one: MadeOnBackend): Promise<void> {
  const made = madeFrom.get(traced) ?? new Map<string, MadeOnBackend>();
  madeFrom.set(traced, made.set(kind, one));
  const plain = made.get('rootfs');
  if (!traced.input.inTable || !plain) return;
  const others = kind === 'rootfs' ? [...made] : [[kind, one] as const];
  for (const [name, other] of others) await expectRow(name, other, plain);
}

function parsed({ stdout, stderr }: RunResult): MadeOnBackend {
  try {
    return JSON.parse(stdout) as MadeOnBackend;
  } catch {
    throw new Error(`create gave no data: ${stdout.slice(-2000)}\n${stderr.slice(-4000)}`);
  }
}

function expectProved(proof: Proof, code: number | undefined): void {
  if (!proof.ok) throw new Error(renderProof(proof));
  expect(code).toBe(0);
  const paths = proof.tree.runs.flatMap((run) => run.paths);
  const owned = paths.filter(
    ({ state, verdict }) => (state === 'owned' || state === 'modified') && verdict !== 'engine',
  );
  const excused = owned.filter(({ verdict }) => verdict !== 'identical' && verdict !== 'carried');
  expect(owned.length).toBeGreaterThan(5);
  expect(excused.filter(({ verdict }) => verdict !== 'volatile')).toEqual([]);
  expect(excused.length).toBeLessThanOrEqual(owned.length / 100);
  expect(proof.tree.volatility.programs).toEqual([]);

  expect(proof.reruns).toHaveLength(1);
  for (const { started, exit, outputs, accesses } of proof.reruns) {
    expect({ started, exit: exit?.verdict }).toEqual({ started: true, exit: 'equal' });
    expect(outputs.length).toBeGreaterThan(0);
    expect(outputs.filter(({ verdict }) => verdict !== 'equal')).toEqual([]);
    expect(accesses?.equal).toBeGreaterThan(10);
    expect(accesses?.differences.filter(({ verdict }) => verdict !== 'excused')).toEqual([]);
  }
}

/** As dpkg itself says it, here and there. */
async function expectExactVersions({ cli, root, spec }: Traced, name: string): Promise<void> {
  const fields = ['db:Status-Status', 'Package', 'Version', 'Architecture'].map((field) => `\${${field}}`);
  const query = ['dpkg-query', '-W', '-f', `${fields.join(' ')}\n`];
  const lines = (text: string) => text.split('\n').filter((line) => line.startsWith('installed '));
  const there = lines((await cli.must(['exec', name, '--', ...query])).stdout);
  const here = new Set(lines(await (root ? root.inside(query) : must(query))));
  expect(there.filter((line) => !here.has(line))).toEqual([]);
  const lock = JSON.parse(readFileSync(join(dirname(spec), 'environment.d/lock.json'), 'utf8')) as {
    distributions: { name: string; packages?: { name: string }[] }[];
  };
  const debian = lock.distributions.find((half) => half.name === 'debian');
  const planned = (debian?.packages ?? []).map((entry) => entry.name);
  expect(there.map((line) => line.split(' ')[1]).sort()).toEqual(planned.sort());
}

/** Writes files below a folder; one whose text begins with `#!` is executable. */
export function writeFiles(folder: string, files: Readonly<Record<string, string>>, user?: OrdinaryUser): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    if (text.startsWith('#!')) chmodSync(path, 0o755);
    if (user) chownSync(path, user.uid, user.gid);
  }
}
