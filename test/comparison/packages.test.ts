import { describe, expect, it } from 'vitest';
import { comparePackages } from '../../src/comparison/packages.js';
import type { PackageFact } from '../../src/sources/facts.js';

function fact(text: string, more: Partial<PackageFact> = {}): PackageFact {
  const [distribution = '', name = '', version = ''] = text.split(' ');
  return { distribution, name, version, ...more };
}

async function told(before: readonly PackageFact[], after: readonly PackageFact[]): Promise<string[]> {
  const changes = await comparePackages(before, after);
  return changes.map(({ kind, name, before: one, after: other }) =>
    [kind, name, one?.version, other?.version].filter(Boolean).join(' '),
  );
}

describe('versions', () => {
  it.each([
    ['debian a 1.0~rc1', 'debian a 1.0', 'upgraded'],
    ['debian a 2:1.0', 'debian a 9.0', 'downgraded'],
    ['rpm a 1.9-1', 'rpm a 1.10-1', 'upgraded'],
    ['python a 1.0rc1', 'python a 1.0', 'upgraded'],
    ['npm a 2.0.0', 'npm a 2.0.0-beta.1', 'downgraded'],
    ['conda a 1.1', 'conda a 1.1.post1', 'upgraded'],
    ['apk a 1.2_alpha', 'apk a 1.2', 'upgraded'],
    ['java a 1.9', 'java a 1.10', 'upgraded'],
    ['git a 1f2e3d4', 'git a a0b1c2d', 'changed'],
  ])('%s to %s is %s, as its manager orders them', async (one, other, kind) => {
    expect((await comparePackages([fact(one)], [fact(other)])).map((change) => change.kind)).toEqual([kind]);
  });
});

describe('packages', () => {
  it('are told in order, each once', async () => {
    const before = [fact('debian b 1'), fact('debian a 1'), fact('python a 1')];
    const after = [fact('debian b 2'), fact('python a 1'), fact('debian c 3')];
    expect(await told(before, after)).toEqual(['removed a 1', 'upgraded b 1 2', 'added c 3']);
  });

  it('are of another origin where both say which', async () => {
    const from = (origin: string) => [fact('debian a 1', { origin })];
    expect(await told(from('one'), from('two'))).toEqual(['origin a 1 1']);
    expect(await told(from('one'), [fact('debian a 1')])).toEqual([]);
  });

  it('are told apart by architecture and place', async () => {
    const both = (one: string, other: string) => [
      fact(`debian a ${one}`, { architecture: 'amd64' }),
      fact(`debian a ${other}`, { architecture: 'i386' }),
    ];
    expect(await told(both('1', '1'), both('1', '2'))).toEqual(['upgraded a 1 2']);
    const at = (place: string) => [fact('python a 1', { at: place })];
    expect(await told(at('/one'), at('/two'))).toEqual(['place a 1 1']);
  });

  it('pairs what is there several times by version first', async () => {
    const at = (version: string, place: string) => fact(`npm a ${version}`, { at: place });
    expect(await told([at('1.0.0', '/x'), at('2.0.0', '/y')], [at('2.0.0', '/y')])).toEqual(['removed a 1.0.0']);
    expect(await told([at('1.0.0', '/x')], [at('2.0.0', '/x'), at('1.0.0', '/x/y')])).toEqual([
      'place a 1.0.0 1.0.0',
      'added a 2.0.0',
    ]);
  });
});
