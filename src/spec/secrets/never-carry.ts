import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import picomatch from 'picomatch';
import { parse } from 'yaml';
import { z } from 'zod';
import { codeOf, ReproError, reasonOf } from '../../errors.js';
import type { FilePath } from '../../model/file-path.js';
import { templateFile } from '../../package-files.js';

const ruleSchema = z
  .strictObject({
    rule: z.string().regex(/^[a-z][a-z0-9-]*$/),
    why: z.string(),
    paths: z.array(z.string()).optional(),
    contents: z.array(z.string()).optional(),
    trees: z.boolean().default(true),
  })
  .refine((rule) => rule.paths !== undefined || rule.contents !== undefined, 'paths or contents');

const documentSchema = z.strictObject({ version: z.literal(1), rules: z.array(ruleSchema) });

/** A rule that keeps a file out of the spec. */
export interface NeverCarryRule {
  readonly rule: string;
  readonly why: string;
}

/** Decides what is too private to be carried, or even hashed. */
export interface NeverCarry {
  byPath(path: FilePath): NeverCarryRule | undefined;
  /** What a rule says, by its name. */
  why(rule: string): string | undefined;
  /** `head` is the beginning of a file, or all of it; `inTree` where it belongs to a tool's own tree. */
  byContent(path: FilePath, head: Buffer, inTree: boolean): NeverCarryRule | undefined;
}

/** How much of a file is looked at: all of a small one, the beginning of a large one. */
export const inspectedBytes = 256 * 1024;

/** The rules of `templates/never-carry.yml`, or of the user's own copy of it. */
export async function loadNeverCarry(environment: NodeJS.ProcessEnv = process.env): Promise<NeverCarry> {
  const configuration = environment['XDG_CONFIG_HOME'] || join(environment['HOME'] || homedir(), '.config');
  const own = join(configuration, 'reproman', 'never-carry.yml');
  const text = await readOptional(own);
  if (text !== undefined) return parseNeverCarry(text, own);
  const shipped = fileURLToPath(templateFile('never-carry.yml'));
  return parseNeverCarry(await readFile(shipped, 'utf8'), shipped);
}

/** Reads a rules file; `name` is for messages. */
export function parseNeverCarry(text: string, name: string): NeverCarry {
  const rules = readRules(text, name).map((rule) => ({
    named: { rule: rule.rule, why: rule.why },
    trees: rule.trees,
    matchesPath: rule.paths && picomatch(rule.paths.map(anchored), { dot: true }),
    patterns: rule.contents?.map((source) => pattern(source, name)),
  }));
  return {
    byPath: (path) => rules.find((rule) => rule.patterns === undefined && rule.matchesPath?.(path))?.named,
    why: (name) => rules.find(({ named }) => named.rule === name)?.named.why,
    byContent(path, head, inTree) {
      const text = head.toString('latin1');
      return rules.find(
        (rule) =>
          (rule.trees || !inTree) &&
          (rule.matchesPath?.(path) ?? true) &&
          rule.patterns?.some((candidate) => candidate.test(text)),
      )?.named;
    },
  };
}

function readRules(text: string, name: string) {
  try {
    return documentSchema.parse(parse(text)).rules;
  } catch (error) {
    const reason = error instanceof z.ZodError ? z.prettifyError(error).replace(/\s+/g, ' ') : reasonOf(error);
    throw new ReproError('usage', `the never-carry rules are not valid: ${reason}`, { where: name, cause: error });
  }
}

function anchored(glob: string): string {
  return glob.startsWith('/') ? glob : `/**/${glob}`;
}

/** A regular expression with optional leading flags, as in `(?i)...`. */
function pattern(source: string, name: string): RegExp {
  const [, flags = '', body = ''] = /^(?:\(\?([im]+)\))?([\s\S]*)$/.exec(source) ?? [];
  try {
    return new RegExp(body, flags);
  } catch (error) {
    throw new ReproError('usage', `not a regular expression: ${source}`, { where: name, cause: error });
  }
}

async function readOptional(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}
