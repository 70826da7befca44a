import { comparator } from '../comparison/comparator.js';

/** Not at all. */
export const ignore = comparator({
  name: 'ignore',
  allows: 'anything',
  read: () => undefined,
  compare: () => undefined,
});
