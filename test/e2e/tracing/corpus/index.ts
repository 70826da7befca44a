import type { Sample } from '../../../support/tracing/comparison.js';
import { building } from './building.js';
import { files } from './files.js';
import { kernel } from './kernel.js';
import { languages } from './languages.js';
import { rights } from './rights.js';

/** The commands whose traces must be complete. */
export const corpus: readonly Sample[] = [...files, ...languages, ...building, ...kernel, ...rights];
