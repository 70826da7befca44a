import { tableComparator } from '../formats/table.js';

/** Values with tabs between them. */
export const tsv = tableComparator('tsv', '\t');
