import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Command, Config } from '@oclif/core';
import { captureOutput } from '@oclif/test';
import { z } from 'zod';
import { specsFile } from '../../src/package-files.js';

const project = fileURLToPath(new URL('../..', import.meta.url));

/** What a verb prints with `--json`. */
export async function jsonOutput(command: Command.Class, ...args: readonly string[]) {
  const { oclif, ...pjson } = JSON.parse(readFileSync(`${project}package.json`, 'utf8'));
  const loaded = await Config.load({ root: project, pjson: { ...pjson, oclif: { bin: oclif.bin } } });
  const { stdout } = await captureOutput(() => command.run([...args, '--json'], loaded), { print: false });
  return JSON.parse(stdout);
}

/** The published document itself, not the code that it was made from. */
export function publishedSchema(name: string): z.ZodType {
  return z.fromJSONSchema(JSON.parse(readFileSync(specsFile(`${name}.schema.json`), 'utf8')));
}
