import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { specsFile } from '../../../src/package-files.js';
import { specSchemas } from '../../../src/spec/document/json-schema.js';
import { parseManifest } from '../../../src/spec/document/manifest.js';

const schemas = await specSchemas();

describe('the published schemas', () => {
  it.each([...schemas])('%s is what the code says (else: npm run schemas)', async (name, text) => {
    expect(await readFile(specsFile(name), 'utf8')).toBe(text);
  });

  it('tell distributions apart by name and describe what people write', () => {
    const manifest = JSON.parse(schemas.get('environment.schema.json') ?? '{}');
    expect(manifest.$schema).toBe('https://json-schema.org/draft/2020-12/schema');
    expect(manifest.properties.distributions.items.oneOf[0].properties.name.const).toBe('debian');
    expect(manifest.additionalProperties).toBe(false);
    expect(manifest.properties.base.description).toBe('the system that everything else stands on');
  });
});

describe('the examples', async () => {
  const names = await readdir(specsFile('examples/'));
  it.each(names.filter((name) => name.endsWith('.yml')))('%s is a valid spec', async (name) => {
    const text = await readFile(specsFile(`examples/${name}`), 'utf8');
    expect((await parseManifest(text, name)).version).toBe(1);
    expect(text).toMatch(/^# yaml-language-server: \$schema=\.\.\/environment\.schema\.json\n/);
  });
});
