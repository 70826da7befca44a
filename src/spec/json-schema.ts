import { z } from 'zod';
import { loadDistributions } from '../distributions/load.js';
import { events } from '../tracing/native/log-format.js';
import { lockSchema, manifestSchema } from './schema.js';

const dialect = 'https://json-schema.org/draft/2020-12/schema';

/**
 * The published JSON Schemas by file name: the envelopes with every distribution's half, told apart by its name, and
 * the native tracer's log.
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
    ['trace-log.schema.json', document(titled(draft(events), 'one line of the native tracer’s log'))],
  ]);
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
