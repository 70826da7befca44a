import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { comparisonSchemas } from '../../src/comparison/json-schema.js';
import { specsFile } from '../../src/package-files.js';

describe('the published schemas of comparisons', () => {
  it.each([...comparisonSchemas()])(
    '%s is what the code says (else: node --import tsx src/comparison/write-schemas.ts)',
    async (name, text) => {
      expect(await readFile(specsFile(name), 'utf8')).toBe(text);
    },
  );
});
