import { describe, expect, it } from 'vitest';
import { adaptPython, pythonRequests } from '../../../src/distributions/python/request.js';
import { type PythonManifest, pythonManifestSchema } from '../../../src/distributions/python/schema.js';

const base = { distribution: 'debian', release: '12', architecture: 'amd64', layout: 'merged-usr' } as const;
const manifest = pythonManifestSchema.parse({
  name: 'python',
  environments: [
    { path: '/srv/env', interpreter: '/usr/bin/python3.9', python: '3.9.2', packages: ['numpy==1.24.2'] },
    {
      path: '/usr/local/lib/python3.9/dist-packages',
      interpreter: '/usr/bin/python3',
      python: '3.9.2',
      packages: ['six'],
    },
    { path: '/opt/venv', packages: ['six'] },
    { path: '/srv/conda-env', interpreter: '/opt/conda/bin/python3.9', python: '3.9.2', packages: ['six'] },
  ],
});
const home = { interpreter: '/usr/bin/python3', python: '3.11.2', packages: ['six'] };
const on = (name: string, version: string): PythonManifest =>
  adaptPython(manifest, { base, below: [{ name: 'debian', packages: [{ name, version }] }] });

describe('environments of Python', () => {
  it("are of the base's own Python as that is now, with the same requests", () => {
    expect(on('python3', '3.11.2-1+b1').environments).toEqual([
      { path: '/srv/env', interpreter: '/usr/bin/python3.11', python: '3.11.2', packages: ['numpy==1.24.2'] },
      { ...home, path: '/usr/local/lib/python3.11/dist-packages' },
      { ...home, path: '/opt/venv' },
      manifest.environments[3],
    ]);
    expect(on('python3-minimal', '3.13.5-1').environments[0]).toMatchObject({ python: '3.13.5' });
  });

  it('stay as they are on another revision of the same Python', () => {
    expect(on('python3', '3.9.18-1').environments.slice(0, 2)).toEqual(manifest.environments.slice(0, 2));
  });

  it('are refused where there is no Python any more', () => {
    expect(() => on('perl', '5.36.0')).toThrow('stands on the Python of the base, which has none');
  });
});

it.each([
  ['numpy=1.26.4', { name: 'numpy', text: 'numpy==1.26.4' }],
  ['Foo_Bar[extra]>=1,<2', { name: 'foo-bar', text: 'Foo_Bar[extra]>=1,<2' }],
  ['a===1', { name: 'a', text: 'a===1' }],
  ['libc6:i386', undefined],
])('reads the request %s', (text, request) => {
  expect(pythonRequests.parse(text)).toEqual(request);
});
