import type { Backend } from '../../backends/backend.js';
import { backends } from '../../backends/registry.js';
import { BaseCommand } from '../cli/base-command.js';
import { loadBases } from '../distributions/base-of.js';
import { reasonOf } from '../errors.js';
import { localMachine } from '../machines/local.js';
import type { Machine } from '../machines/machine.js';
import type { Readiness } from '../model/readiness.js';

interface ListedBackend {
  readonly name: string;
  readonly title: string;
  readonly readiness: Readiness;
  readonly parameters: Readonly<Record<string, string>>;
  /** What base systems are made with, whatever the backend. */
  readonly bases: readonly { readonly title: string; readonly readiness: Readiness }[];
}

/** `reproman backends`. */
export class Backends extends BaseCommand {
  static override readonly description = 'list the kinds of places to build, what each needs, and its parameters';
  static override readonly examples = ['<%= config.bin %> backends'];

  async run(): Promise<readonly ListedBackend[]> {
    await this.parse(Backends);
    await using host = await localMachine();
    const loaded = await Promise.all(Object.values(backends).map((load) => load() as Promise<Backend>));
    const bases = await lookAtBases(host);
    const listed = await Promise.all(loaded.map(async (backend) => ({ ...(await look(backend, host)), bases })));
    this.say(listed.map(describe).join('\n'));
    return listed;
  }
}

async function lookAtBases(host: Machine): Promise<ListedBackend['bases']> {
  const bases: { title: string; readiness: Readiness }[] = [];
  for (const { title, base } of await loadBases()) bases.push({ title, readiness: await base.readiness(host) });
  return bases;
}

async function look(backend: Backend, host: Machine): Promise<Omit<ListedBackend, 'bases'>> {
  const shape = Object.entries(backend.parameters.shape) as [string, { description?: string | undefined }][];
  const parameters = Object.fromEntries(shape.map(([name, schema]) => [name, schema.description ?? '']));
  const { name, title } = backend;
  try {
    return { name, title, parameters, readiness: await backend.check(host, backend.parameters.parse({})) };
  } catch (error) {
    return { name, title, parameters, readiness: { ready: false, missing: reasonOf(error), remedy: '' } };
  }
}

function describe({ name, title, readiness, parameters, bases }: ListedBackend): string {
  const missing = bases.filter((base) => !base.readiness.ready);
  const states = [stateOf(readiness), ...missing.map((base) => `${base.title}: ${stateOf(base.readiness)}`)];
  const lines = Object.entries(parameters).map(([key, text]) => `    -b ${key}=...  ${text}`);
  return [`${name}: ${title}`, ...states.map((state) => `    ${state}`), ...lines].join('\n');
}

function stateOf(readiness: Readiness): string {
  if (!readiness.ready) return `not ready: ${readiness.missing}. ${readiness.remedy}`;
  return `ready${readiness.version === undefined ? '' : ` (${readiness.version})`}`;
}
