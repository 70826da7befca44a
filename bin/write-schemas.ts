import { writeFile } from 'node:fs/promises';
import { resultSchemas } from '../src/cli/result-schemas.js';
import { specsFile } from '../src/package-files.js';
import { specSchemas } from '../src/spec/document/json-schema.js';

// `npm run schemas` writes what is generated in specs/ anew after a schema or a rule has changed
for (const [name, text] of [...(await specSchemas()), ...resultSchemas()]) await writeFile(specsFile(name), text);
