import { readFile } from 'node:fs/promises';
import picomatch from 'picomatch';
import { parse } from 'yaml';
import { z } from 'zod';
import { ReproError } from '../errors.js';
import type { FilePath } from '../model/file-path.js';
import { templateFile } from '../package-files.js';

const ruleSchema = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]*$/),
  paths: z.array(z.string()).min(1).describe('globs'),
  compare: z.enum(['presence', 'anything']).describe('what is still compared'),
  reason: z.string(),
});

/** A published reason why a path may differ between two honest builds. */
export type VolatileRule = z.infer<typeof ruleSchema>;

/** The rules of `templates/volatile.yml`, or of a copy that the user names. */
export async function volatileRules(
  file: string | URL = templateFile('volatile.yml'),
): Promise<readonly VolatileRule[]> {
  const result = z.array(ruleSchema).safeParse(parse(await readFile(file, 'utf8')));
  if (result.success) return result.data;
  throw new ReproError('usage', `the volatile rules are invalid: ${z.prettifyError(result.error)}`, {
    where: String(file),
  });
}

/** Finds the rule for a path. */
export function volatileMatcher(rules: readonly VolatileRule[]): (path: FilePath) => VolatileRule | undefined {
  const matchers = rules.map((rule) => ({ rule, matches: picomatch([...rule.paths], { dot: true }) }));
  return (path) => matchers.find(({ matches }) => matches(path))?.rule;
}
