import { writeFile } from 'node:fs/promises';
import { specsFile } from '../../package-files.js';
import { specSchemas } from './json-schema.js';

// `node --import tsx src/spec/document/write-schemas.ts` writes specs/*.schema.json anew after a schema has changed
for (const [name, text] of await specSchemas()) await writeFile(specsFile(name), text);
