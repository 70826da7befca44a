import type { Backend } from '../../backends/backend.js';
import type { Outer } from '../../backends/outer.js';
import { backends, outers } from '../../backends/registry.js';
import { BaseCommand } from '../cli/base-command.js';
import { loadBases } from '../distributions/base-of.js';
import { reasonOf } from '../errors.js';
import { localMachine } from '../machines/local.js';
import type { Machine } from '../machines/machine.js';
import type { Readiness } from '../model/readiness.js';
import { kindOf } from '../resources/kind.js';

interface ListedBackend {
  readonly name: string;
  readonly title: string;
  readonly readiness: Readiness;
  readonly parameters: Readonly<Record<string, string>>;
  /** What is beside an environment only so that it can live there. */
  readonly support: readonly string[];
  /** Of one that leads to the machine of another: the names of the two together, the usual one first. */
  readonly nested?: readonly string[];
  /** What base systems are made with, whatever the backend. */
  readonly bases: readonly { readonly title: string; readonly readiness: Readiness }[];
}

/** `reproman backends`. */
export class Backends extends BaseCommand {
  static override readonly description = 'list the kinds of places to build, what each needs, and its parameters';
  static override readonly examples = ['<%= config.bin %> backends', '<%= config.bin %> backends docker'];
  /** As in ReproMan. */
  static override readonly hiddenAliases = ['backend-parameters'];
  static override readonly strict = false;
  static override readonly usage = 'backends [NAME...]';

  async run(): Promise<readonly ListedBackend[]> {
    const { argv } = await this.parse(Backends);
    const names = await Promise.all(argv.map(async (name) => (await kindOf(String(name))).name));
    await using host = await localMachine();
    // Nothing is asked of engines that nobody asked about.
    const isWanted = ([each]: readonly [string, unknown]) =>
      names.length === 0 || names.some((name) => name.split(':').includes(each));
    const wanted = <Loaded>(registry: Readonly<Record<string, () => Promise<Loaded>>>) =>
      Promise.all(
        Object.entries(registry)
          .filter(isWanted)
          .map(([, load]) => load()),
      );
    const bases = await lookAtBases(host);
    const own = (await wanted<Backend>(backends)).map(async (backend) => ({ ...(await look(backend, host)), bases }));
    const ways = (await wanted<Outer>(outers)).map((outer) => lookAtOuter(outer, host));
    const listed = await Promise.all([...own, ...ways]);
    this.say(listed.map(describe).join('\n'));
    return listed;
  }
}

async function lookAtBases(host: Machine): Promise<ListedBackend['bases']> {
  const bases: { title: string; readiness: Readiness }[] = [];
  for (const { title, base } of await loadBases()) bases.push({ title, readiness: await base.readiness(host) });
  return bases;
}

async function lookAtOuter(outer: Outer, host: Machine): Promise<ListedBackend> {
  const { name, title, usual, support = [] } = outer;
  const others = Object.keys(backends).filter((backend) => backend !== usual.backend);
  const nested = [usual.backend, ...others].map((backend) => `${name}:${backend}`);
  return {
    name,
    title,
    support,
    nested,
    parameters: parametersOf(outer),
    readiness: await outer.check(host, {}),
    bases: [],
  };
}

function parametersOf({ parameters }: Pick<Backend, 'parameters'>): ListedBackend['parameters'] {
  const shape = Object.entries(parameters.shape) as [string, { description?: string | undefined }][];
  return Object.fromEntries(shape.map(([name, schema]) => [name, schema.description ?? '']));
}

async function look(backend: Backend, host: Machine): Promise<Omit<ListedBackend, 'bases'>> {
  const parameters = parametersOf(backend);
  const { name, title, support = [] } = backend;
  try {
    return { name, title, support, parameters, readiness: await backend.check(host, backend.parameters.parse({})) };
  } catch (error) {
    return { name, title, support, parameters, readiness: { ready: false, missing: reasonOf(error), remedy: '' } };
  }
}

function describe({ name, title, support, readiness, parameters, bases, nested }: ListedBackend): string {
  const missing = bases.filter((base) => !base.readiness.ready);
  const states = [stateOf(readiness), ...missing.map((base) => `${base.title}: ${stateOf(base.readiness)}`)];
  const names = nested === undefined ? [] : [`    as ${nested.join(', ')}; ${name} alone is the first`];
  const lines = Object.entries(parameters).map(([key, text]) => `    -b ${key}=...  ${text}`);
  const beside = support.length === 0 ? [] : [`    beside the environment, to live: ${support.join(', ')}`];
  return [`${name}: ${title}`, ...states.map((state) => `    ${state}`), ...names, ...beside, ...lines].join('\n');
}

function stateOf(readiness: Readiness): string {
  if (!readiness.ready) return `not ready: ${readiness.missing}. ${readiness.remedy}`;
  const { version, note } = readiness;
  return `ready${version === undefined ? '' : ` (${version})`}${note === undefined ? '' : `: ${note}`}`;
}
