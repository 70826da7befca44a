import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { backends, outers } from '../../backends/registry.js';
import { distributions } from '../../src/distributions/registry.js';
import { checkName } from '../../src/resources/inventory.js';
import { type Kind, kindOf, parseParameters } from '../../src/resources/kind.js';

/** Code to a shell, an option, a way out of a folder, a second line, the end of a text. */
const hostile = [
  ...[
    'a; touch x',
    '$(touch x)',
    '`touch x`',
    'a && x',
    'a | x',
    'a > x',
    "a' x",
    'a" x',
    '*',
    '~',
    '${'.concat('IFS}'),
  ],
  ...['-oProxyCommand=x', '--config=x', '../../etc/x', 'a\nx', 'a\rx', 'a\0x', 'a\u001b[2J', 'FROM x\nRUN y'],
];

describe('words that would be code', () => {
  it.each(hostile)('are no name of a resource: %j', (word) => {
    for (const name of [word, `a${word}`]) expect(() => checkName(name)).toThrow('cannot be the name');
  });

  it.each(['debian', 'rpm', 'apk'] as const)('are no packages of %s', async (name) => {
    const { manifestSchema } = await distributions[name]();
    const taken = hostile.filter((word) => manifestSchema.safeParse({ name, packages: [word] }).success);
    expect(manifestSchema.safeParse({ name, packages: ['abc'] }).success).toBe(true);
    expect(taken).toEqual([]);
  });

  it.each([...Object.keys(backends), ...Object.keys(outers).map((outer) => `${outer}:rootfs`)])(
    'are refused as parameters of %s, or stay what they are',
    async (name) => {
      const kind = await kindOf(name);
      for (const party of ['outer', 'backend'] as const) {
        for (const key of Object.keys(kind[party]?.parameters.shape ?? {})) {
          for (const word of hostile) {
            const given = wordOf(kind, party, key, word);
            // The path of a file is made absolute.
            if (typeof given === 'string') expect([word, resolve(word)]).toContain(given);
          }
        }
      }
    },
  );
});

type Party = 'outer' | 'backend';

/** What becomes of the word; undefined where it is refused. */
function wordOf(kind: Kind, party: Party, key: string, word: string): unknown {
  try {
    return parseParameters(kind, { [`${kind[party]?.name}.${key}`]: word })[party][key];
  } catch (error) {
    expect(error).toMatchObject({ kind: 'usage' });
    return undefined;
  }
}
