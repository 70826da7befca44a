import { ReproError } from '../errors.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** The base addresses that a variable names, in order and with spaces between them; where it is not set, the usual. */
export function addressesIn(environment: Environment, variable: string, usual = ''): string[] {
  return namedIn(environment, variable) ?? namedIn({ [variable]: usual }, variable) ?? [];
}

/** The base addresses that a variable names: none where its text is empty, undefined where it is not set. */
export function namedIn(environment: Environment, variable: string): string[] | undefined {
  const named = environment[variable]?.split(/\s+/).filter(Boolean);
  return named?.map((base) => {
    if (URL.canParse(base) && /^https?:$/.test(new URL(base).protocol)) return base.replace(/\/+$/, '');
    throw new ReproError('usage', `'${base}' is not an http or https address`, {
      where: variable,
      remedy: 'give base addresses with spaces between them, or an empty text for none',
    });
  });
}
