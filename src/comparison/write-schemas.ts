import { writeFile } from 'node:fs/promises';
import { specsFile } from '../package-files.js';
import { comparisonSchemas } from './json-schema.js';

// `node --import tsx src/comparison/write-schemas.ts` writes the schemas of comparisons anew after one has changed
for (const [name, text] of comparisonSchemas()) await writeFile(specsFile(name), text);
