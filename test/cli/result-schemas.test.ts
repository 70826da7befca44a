import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { resultSchemas } from '../../src/cli/result-schemas.js';
import { specsFile } from '../../src/package-files.js';

describe('the published schemas of results', () => {
  it.each([...resultSchemas()])('%s is what the code says (else: npm run schemas)', async (name, text) => {
    expect(await readFile(specsFile(name), 'utf8')).toBe(text);
  });
});
