import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseManifest } from '../../../src/spec/document/manifest.js';
import { manifestText } from '../../../src/spec/document/manifest-text.js';
import type { Manifest } from '../../../src/spec/document/schema.js';

const base = { distribution: 'debian', release: '12', architecture: 'amd64', layout: 'merged-usr' } as const;
const empty: Manifest = { version: 1, base, distributions: [], files: [], runs: [] };

function runWith(command: string[], environment: Record<string, string> = {}): Manifest {
  const run = { id: 'a', command, cwd: '/', environment, umask: '0022', exit: 0, inputs: [], outputs: [] };
  return { ...empty, runs: [run] };
}

async function roundTrip(manifest: Manifest): Promise<Manifest> {
  return parseManifest(manifestText(manifest, 'environment.schema.json'), 'environment.yml');
}

describe('manifestText', () => {
  it.each([
    '',
    ' ',
    'yes',
    'NO',
    'null',
    '~',
    '0022',
    '12',
    '1e3',
    '0x1f',
    '12:30:45',
    '2026-01-31',
    '1_000',
    '.inf',
    '- a',
    'a: b',
    'a #b',
    '#a',
    '{a}',
    '[a, b]',
    'a,b',
    '&a',
    '*a',
    '!a',
    '|',
    '>',
    '%a',
    '@a',
    '`a',
    "'a'",
    '"a"',
    'a\nb',
    'a\r\nb',
    '\ttab',
    'trailing ',
    'a\\nb',
    '\u0085\u2028\u2029\ufeff',
    '\u0000\u001b\u007f',
    'é€😀',
    '\ud800 alone',
    '---',
    '...',
    '/a:b',
    '/a: b',
    '=',
    '<<',
    '?',
    '-',
    '--flag=x',
    'x'.repeat(500),
  ])('keeps the argument %j', async (text) => {
    const manifest = runWith(['p', text, ...Array.from({ length: 30 }, () => text)], { A: text });
    expect(await roundTrip(manifest)).toEqual(manifest);
    expect(await roundTrip(runWith(['p', text]))).toEqual(runWith(['p', text]));
    expect(parse(manifestText(manifest, 's'), { version: '1.1' })).toMatchObject({
      runs: [{ command: manifest.runs[0]?.command }],
    });
  });

  it('folds a long list of packages and keeps a short one open', async () => {
    const packages = (count: number) => Array.from({ length: count }, (_, at) => `package${at}=1:${at}.0-1+b1`);
    const many = { ...empty, distributions: [{ name: 'debian', packages: packages(200) }] };
    const few = { ...empty, distributions: [{ name: 'debian', packages: packages(12) }] };
    expect(await roundTrip(many)).toEqual(many);
    expect(manifestText(many, 's').split('\n').length).toBeLessThan(70);
    expect(manifestText(few, 's')).toContain('\n      - package3=1:3.0-1+b1\n');
  });

  it('reads like this', () => {
    const manifest: Manifest = {
      ...runWith(['jq', '.a', 'in.json'], { PATH: '/usr/bin:/bin', TZ: 'UTC' }),
      distributions: [{ name: 'debian', packages: ['jq=1.6-2.1', 'libjq1=1.6-2.1'] }],
      files: [{ path: '/usr/local/bin/tool', sha256: 'a'.repeat(64), size: 3, mode: '0755', carried: true }],
      epoch: '2026-01-31T12:00:00Z',
    };
    expect(
      manifestText(manifest, 'environment.d/environment.schema.json'),
    ).toBe(`# yaml-language-server: $schema=environment.d/environment.schema.json
version: 1

# the system that everything stands on
base:
  distribution: debian
  release: "12"
  architecture: amd64
  layout: merged-usr

# packages that the runs used; environment.d/lock.json has all that these need
distributions:
  - name: debian
    packages: [jq=1.6-2.1, libjq1=1.6-2.1]

# files that no package has as they are here; carried ones are in environment.d
files:
  - { path: /usr/local/bin/tool, sha256: ${'a'.repeat(64)}, size: 3, mode: "0755", carried: true }

# what ran
runs:
  - id: a
    command: [jq, ".a", in.json]
    cwd: /
    exit: 0
    umask: "0022"
    environment:
      PATH: /usr/bin:/bin
      TZ: UTC

# the newest date of the packages
epoch: "2026-01-31T12:00:00Z"
`);
  });
});
