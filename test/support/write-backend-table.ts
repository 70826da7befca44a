import { readFileSync, writeFileSync } from 'node:fs';
import { readme, withTable } from './backend-table.js';
import { committedRows } from './every-backend.js';

writeFileSync(readme, withTable(readFileSync(readme, 'utf8'), committedRows()));
