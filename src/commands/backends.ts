import type { Backend } from '../../backends/backend.js';
import { backends } from '../../backends/registry.js';
import { BaseCommand } from '../cli/base-command.js';
import { reasonOf } from '../errors.js';
import { localMachine } from '../machines/local.js';
import type { Machine } from '../machines/machine.js';
import type { Readiness } from '../model/readiness.js';

interface ListedBackend {
  readonly name: string;
  readonly title: string;
  readonly readiness: Readiness;
  readonly parameters: Readonly<Record<string, string>>;
}

/** `reproman backends`. */
export class Backends extends BaseCommand {
  static override readonly description = 'list the kinds of places to build, what each needs, and its parameters';
  static override readonly examples = ['<%= config.bin %> backends'];

  async run(): Promise<readonly ListedBackend[]> {
    await this.parse(Backends);
    await using host = await localMachine();
    const loaded = await Promise.all(Object.values(backends).map((load) => load() as Promise<Backend>));
    const listed = await Promise.all(loaded.map((backend) => look(backend, host)));
    this.say(listed.map(describe).join('\n'));
    return listed;
  }
}

async function look(backend: Backend, host: Machine): Promise<ListedBackend> {
  const shape = Object.entries(backend.parameters.shape) as [string, { description?: string | undefined }][];
  const parameters = Object.fromEntries(shape.map(([name, schema]) => [name, schema.description ?? '']));
  const { name, title } = backend;
  try {
    return { name, title, parameters, readiness: await backend.check(host, backend.parameters.parse({})) };
  } catch (error) {
    return { name, title, parameters, readiness: { ready: false, missing: reasonOf(error), remedy: '' } };
  }
}

function describe({ name, title, readiness, parameters }: ListedBackend): string {
  const state = readiness.ready
    ? `ready${readiness.version === undefined ? '' : ` (${readiness.version})`}`
    : `not ready: ${readiness.missing}. ${readiness.remedy}`;
  const lines = Object.entries(parameters).map(([key, text]) => `    -b ${key}=...  ${text}`);
  return [`${name}: ${title}`, `    ${state}`, ...lines].join('\n');
}
