import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Command, Flags, type Interfaces, Parser } from '@oclif/core';
import { describe, expect, it } from 'vitest';

const project = fileURLToPath(new URL('../..', import.meta.url));

interface Verb {
  readonly words: readonly string[];
  readonly command: Command.Class;
}

const files = readdirSync(join(project, 'src/commands'), { recursive: true }) as string[];
const verbs: Verb[] = [];
for (const file of files.filter((name) => name.endsWith('.ts'))) {
  const [command] = Object.values<Command.Class>(await import(join(project, 'src/commands', file)));
  if (command) verbs.push({ words: file.replace(/\.ts$/, '').split('/'), command });
}

/** The commands of this tool in a text for a shell, each as its words, up to what the shell does with it or runs in it. */
function commandsIn(text: string): string[][] {
  return text.split('\n').flatMap((line) =>
    line
      .replace(/(?:^|\s)#.*/, '')
      .split(/&&|\||;|[<>]|\$\(|`/)
      .flatMap((part) => {
        const words: string[] = part.match(/(?:"[^"]*"|'[^']*'|[^\s"')]+)+/g) ?? [];
        const at = words.indexOf('reproman');
        // The tool's own name stands alone, but for what sets variables or runs it as another user.
        const isCommand = at >= 0 && words.slice(0, at).every((word) => /^(?:\$|sudo|srun|\w+=.*)$/.test(word));
        const end = words.indexOf('--');
        return isCommand ? [words.slice(at + 1, end < 0 ? undefined : end)] : [];
      }),
  );
}

const documents = ['README.md', ...readdirSync(join(project, 'backends')).map((name) => `backends/${name}/README.md`)]
  .map((file) => join(project, file))
  .filter((file) => existsSync(file));
const blocks = documents.flatMap((file) =>
  [...readFileSync(file, 'utf8').matchAll(/^```\w*\n(.*?)^```/gms)].map(([, block = '']) => block),
);
const examples = verbs.flatMap(({ command }) =>
  (command.examples ?? []).map((example) => String(example).replaceAll('<%= config.bin %>', 'reproman')),
);
const told = [...blocks, ...examples]
  .flatMap(commandsIn)
  .map((words) => [words.join(' '), words] as const)
  // As in ReproMan, the command stands there without dashes, and the verb takes it off itself.
  .filter(([, [verb]]) => verb !== 'execute');

describe('what the README and the help say to type', () => {
  it('is there', () => expect(told.length).toBeGreaterThan(200));

  it.each(told)('reproman %s', async (_line, words) => {
    const verb = verbs
      .filter(({ words: name }) => name.every((word, at) => words[at] === word))
      .toSorted((a, b) => b.words.length - a.words.length)[0];
    if (!verb) throw new Error('there is no such verb');
    const { args, flags, baseFlags, strict } = verb.command;
    const known: Interfaces.FlagInput = { json: Flags.boolean(), ...baseFlags, ...flags };
    // What a value must be, such as a folder that is there, is not what this is about.
    const parse = async (value: string) => value;
    const values = Object.entries(known).map(([name, flag]) => [
      name,
      flag.type === 'option' ? { ...flag, parse } : flag,
    ]);
    const argv = words.slice(verb.words.length);
    const parsed = Parser.parse(argv, { args, flags: Object.fromEntries(values), strict, '--': false });
    await expect(parsed).resolves.toBeDefined();
  });
});
