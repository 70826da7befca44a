import { type BaseTable, nativeBase } from '../../backends/native-base.js';
import { ReproError } from '../errors.js';
import type { Program } from '../packaging/recipe.js';
import { systemOf } from '../spec/document/manifest.js';
import type { LockedSpecification } from '../spec/specification.js';
import type { Templates } from '../templates/templates.js';
import type { Fetch } from './carried.js';
import { renderEnvironment } from './environment.js';
import type { Format } from './format.js';
import { type FormatName, formats } from './formats.js';
import type { Rendering } from './rendering.js';

export interface RenderOptions {
  /** What the environment is called. */
  readonly name: string;
  readonly bases: Bases;
  readonly templates: Templates;
  /** Tools that what it begins with has, whatever the environment has. */
  readonly programs?: readonly Program[];
  /** Gets what is put beside the scripts, when that is written. */
  readonly fetch: Fetch;
}

interface Bases {
  /** What the user wants it to begin with. */
  readonly chosen: string | undefined;
  readonly tables: readonly BaseTable[];
}

/** Renders a spec for a tool that knows nothing of reproman, and says what of it such a tool cannot have. */
export async function render(
  spec: LockedSpecification,
  to: FormatName,
  { name, bases, programs = [], ...others }: RenderOptions,
): Promise<Rendering> {
  const format = await formats[to]();
  const from = baseFor(format, spec, bases);
  const environment = await renderEnvironment(spec, {
    ...others,
    name: checked(name, 'a name', /^[A-Za-z0-9][\w.-]*$/),
    from,
    programs,
  });
  return format.render(environment, others.templates);
}

function baseFor({ base }: Format, spec: LockedSpecification, { chosen, tables }: Bases): string {
  if (base === undefined) return '';
  const wanted = systemOf(spec.manifest);
  const found = chosen ?? nativeBase(base, wanted, tables);
  if (found !== undefined) return checked(found, 'an image or box', /^[A-Za-z0-9./][\w./:@+-]*$/);
  throw new ReproError('usage', `no ready-made system of ${wanted.distribution} ${wanted.release} is known`, {
    where: spec.file,
    remedy: 'name one with --from',
  });
}

/** As plain as it must be to mean the same in every file. */
function checked(text: string, what: string, pattern: RegExp): string {
  if (pattern.test(text)) return text;
  throw new ReproError('usage', `${JSON.stringify(text)} is not ${what}`, { remedy: 'use letters, digits and . _ -' });
}
