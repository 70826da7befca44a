import { z } from 'zod';
import { generators, loadDistributions } from '../../distributions/load.js';
import { volatileRules } from '../../filesystem/volatile.js';
import type { DistributionModule } from '../../packaging/distribution.js';
import { events } from '../../tracing/native/log-format.js';
import { lockSchema, manifestSchema } from './schema.js';

const dialect = 'https://json-schema.org/draft/2020-12/schema';

/**
 * What is published as data, by file name: the JSON Schemas of the envelopes, with every distribution's half told apart
 * by its name, and of the native tracer's log; and the rules for what may differ.
 */
export async function specSchemas(): Promise<ReadonlyMap<string, string>> {
  const modules = await loadDistributions();
  const manifest = composed(
    manifestSchema,
    modules.map((module) => module.manifestSchema),
    'environment.yml of reproman',
  );
  const lock = composed(
    lockSchema,
    modules.map((module) => module.lockSchema),
    'environment.d/lock.json of reproman',
  );
  return new Map([
    ['environment.schema.json', document(manifest)],
    ['lock.schema.json', document(lock)],
    ['volatile.json', document(await everyRule(modules))],
    ['trace-log.schema.json', document(titled(draft(events), 'one line of the native tracer’s log'))],
  ]);
}

/** The rules of every environment, and after them those of environments that have the distribution. */
async function everyRule(modules: readonly DistributionModule[]): Promise<object[]> {
  const general = generators.flatMap(({ volatile = [] }) => volatile);
  const own = modules.flatMap(({ name, volatile = [] }) => volatile.map((rule) => ({ distribution: name, ...rule })));
  return [...(await volatileRules()), ...general, ...own];
}

function composed(envelope: z.ZodType, halves: readonly z.ZodType[], title: string): object {
  const schema = draft(envelope) as { properties: Record<string, object> };
  const { $schema: _dialect, ...rest } = schema as unknown as { $schema: string };
  const list = schema.properties['distributions'] as { items?: object };
  const oneOf = halves.map((half) => {
    const { $schema: _same, ...member } = draft(half) as { $schema: string };
    return member;
  });
  list.items = { type: 'object', required: ['name'], oneOf };
  return { $schema: dialect, title, ...rest };
}

function titled(schema: object, title: string): object {
  return { $schema: dialect, title, ...schema };
}

function draft(schema: z.ZodType): object {
  return z.toJSONSchema(schema, { target: 'draft-2020-12', io: 'input' });
}

function document(schema: object): string {
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}
