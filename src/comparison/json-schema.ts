import { z } from 'zod';
import { rulesSchema } from './rules.js';
import { comparisonSchema } from './schema.js';

/** What is published of comparisons as data, by file name. */
export function comparisonSchemas(): ReadonlyMap<string, string> {
  return new Map([
    ['comparison.schema.json', document(comparisonSchema, 'what reproman diff --json prints for two sources')],
    ['diff-rules.schema.json', document(rulesSchema, 'the rules of reproman diff --rules')],
  ]);
}

function document(schema: z.ZodType, title: string): string {
  const { $schema, ...rest } = z.toJSONSchema(schema, { target: 'draft-2020-12', io: 'input' });
  return `${JSON.stringify({ $schema, title, ...rest }, undefined, 2)}\n`;
}
