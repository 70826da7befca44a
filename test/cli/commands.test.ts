import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Command, Config } from '@oclif/core';
import { captureOutput } from '@oclif/test';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';

const project = fileURLToPath(new URL('../..', import.meta.url));
const home = mkdtempSync(join(tmpdir(), 'reproman-cli-'));

beforeAll(() => {
  vi.stubEnv('XDG_DATA_HOME', join(home, 'data'));
  vi.stubEnv('XDG_CACHE_HOME', join(home, 'cache'));
});
afterEach(() => {
  process.exitCode = undefined;
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true, force: true });
});

/** Runs one verb in this process; the command line as a whole runs in the end-to-end tests. */
async function reproman(verb: string, ...args: string[]) {
  const { oclif, ...pjson } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));
  const config = await Config.load({ root: project, pjson: { ...pjson, oclif: { bin: oclif.bin } } });
  const command = await commandOf(verb);
  const { stdout, stderr } = await captureOutput(() => command.run(args, config), { print: false });
  return { stdout, stderr, code: process.exitCode ?? 0 };
}

async function commandOf(verb: string): Promise<Command.Class> {
  const module: Record<string, Command.Class> = await import(join(project, `src/commands/${verb}.ts`));
  const [command] = Object.values(module);
  if (command === undefined) throw new Error(`there is no verb ${verb}`);
  return command;
}

const files = readdirSync(join(project, 'src/commands'), { recursive: true }) as string[];
const verbs = files.flatMap((file) => (file.endsWith('.ts') ? [file.replace(/\.ts$/, '')] : []));

describe('mistakes', () => {
  it.each([
    ['an unknown option', ['ls', '--bad'], 2, 'reproman ls: Nonexistent flag: --bad. See reproman ls --help.\n'],
    [
      'an option that can be given once, twice',
      ['export', '-o', 'a', '-o', 'b', 'no'],
      2,
      'reproman export: Flag --output can only be specified once. See reproman export --help.\n',
    ],
    ['no name', ['delete'], 2, 'reproman delete: there is no name. List them with: reproman ls.\n'],
    ['no resource', ['verify', 'no'], 2, "reproman verify: there is no resource 'no'. List them with: reproman ls.\n"],
    ['no command', ['trace', '-o', 'x'], 125, /^reproman trace: there is no command. Write it after two dashes: .*\n$/],
    [
      'nowhere to run',
      ['exec', 'no', '--', 'a'],
      125,
      "reproman exec: there is no resource 'no'. List them with: reproman ls.\n",
    ],
    [
      'two origins',
      ['trace', '--root', '/', '--resource', 'a', '--', 'b'],
      125,
      /^reproman trace: .*cannot also be provided.*\n$/,
    ],
    [
      'no value',
      ['create', '-b', 'image', 'x'],
      2,
      "reproman create: 'image' is not a backend parameter. Write it as key=value.\n",
    ],
    [
      'no number',
      ['trace', '--repeat', '0', '--', 'a'],
      125,
      'reproman trace: --repeat: expected an integer greater than or equal to 1 but received: 0. See reproman trace --help.\n',
    ],
    [
      'a process and a command',
      ['trace', '--pid', '1', '--', 'a'],
      125,
      'reproman trace: --pid follows a process that runs already, and a command was given too. Leave one of them out.\n',
    ],
    [
      'a command without dashes',
      ['trace', 'a', '--', 'b'],
      125,
      /^reproman trace: 'a' is not expected before '--'\. Write the command after two dashes: .*\n$/,
    ],
    [
      'a command as for docker exec',
      ['exec', 'a', 'ls', '-la'],
      125,
      "reproman exec: 'ls -la' is not expected before '--'. Write the command after two dashes: reproman exec a -- ls -la.\n",
    ],
    [
      'one spec to put together',
      ['trace/merge', 'a', '-o', 'b'],
      2,
      /takes two specs at least .*SPEC SPEC\.\.\. -o FILE\.\n$/,
    ],
    [
      'no size',
      ['trace', '--carry-limit', 'big', '--', 'a'],
      125,
      /^reproman trace: 'big' is not a size\. Write it like .*\n$/,
    ],
    [
      'a copy that no resource is part of',
      ['cp', 'a', './b:c'],
      2,
      'reproman cp: neither of the two is in a resource. Write one of them as NAME:/path.\n',
    ],
    ['nothing to start', ['start'], 2, 'reproman start: there is no name. List them with: reproman ls.\n'],
    [
      'no such name to ReproMan',
      ['execute', '-r', 'no', '--resref-type', 'name', 'ls', '-l'],
      125,
      "reproman execute: there is no resource 'no'. List them with: reproman ls.\n",
    ],
    [
      'no value as in ReproMan',
      ['create', '-t', 'docker-container', '--backend-parameters', 'image', 'x'],
      2,
      "reproman create: 'image' is not a backend parameter. Write it as key=value.\n",
    ],
  ])('says in one paragraph: %s', async (_title, [verb = '', ...args], code, says) => {
    const result = await reproman(verb, ...args);
    if (typeof says === 'string') expect(result.stderr).toBe(says);
    else expect(result.stderr).toMatch(says);
    expect(result.stdout).toBe('');
    expect(result.code).toBe(code);
  });

  it('checks where the spec goes before a traced command starts, which may take hours', async () => {
    const marker = join(home, 'ran');
    const result = await reproman('trace', '-o', join(home, 'no', 'such', 'folder.yml'), '--', 'touch', marker);
    expect(result.stderr).toMatch(/the folder that the spec should go into does not exist/);
    expect(result.code).toBe(125);
    expect(existsSync(marker)).toBe(false);
  });

  it('gives an error as data with --json', async () => {
    const { code, stdout } = await reproman('verify', 'no', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ error: { kind: 'usage', message: "there is no resource 'no'" } });
    expect(code).toBe(2);
  });
});

describe('verbs', () => {
  it.each(verbs)('%s has a description, an example and data', async (verb) => {
    const { description, enableJsonFlag, examples } = await commandOf(verb);
    const [summary = ''] = description?.split('\n\n') ?? [];
    expect(summary).toMatch(/^[a-z].*[^.]$/);
    // One that takes more than four lines makes the list of verbs one that nobody reads.
    expect(summary.length).toBeLessThan(200);
    expect(examples?.[0]).toContain(`<%= config.bin %> ${verb.replace('/', ' ')}`);
    expect(enableJsonFlag).toBe(true);
  });

  /** Of options that come last, so that a pattern of the shell can be given. */
  const takesAll: Readonly<Record<string, readonly string[]>> = { classify: ['bases'] };

  // What comes after an option's value may be what the verb is about: `create -b key=value environment.yml`.
  it.each(verbs)('%s takes one value with each option', async (verb) => {
    const { flags = {} } = await commandOf(verb);
    const greedy = Object.entries(flags).filter(([, flag]) => {
      const { multiple, multipleNonGreedy } = { multiple: false, multipleNonGreedy: false, ...flag };
      return multiple && !multipleNonGreedy;
    });
    expect(greedy.map(([name]) => name)).toEqual(takesAll[verb] ?? []);
  });

  it('gives an empty list as data', async () => {
    const { code, stdout } = await reproman('ls', '--json');
    expect(JSON.parse(stdout)).toEqual([]);
    expect(code).toBe(0);
  });
});
