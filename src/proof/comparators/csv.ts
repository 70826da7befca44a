import { tableComparator } from '../formats/table.js';

/** Values with commas between them. */
export const csv = tableComparator('csv', ',');
