import type { Backend } from '../../backends/backend.js';
import type { Outer } from '../../backends/outer.js';
import { backends, isBackend, isOuter, outers } from '../../backends/registry.js';
import { ReproError } from '../errors.js';
import { closestName } from '../spec/closest-name.js';

/** A kind of place to build: a backend, on this machine or on the one that another leads to. */
export interface Kind {
  /** In full, as the inventory has it: `rootfs`, `ssh:docker`. */
  readonly name: string;
  readonly backend: Backend;
  readonly outer?: Outer;
  /** Why this backend was taken where none was named. */
  readonly why?: string;
}

/** What each of the two was told with `-b key=value`. */
export interface KindParameters {
  readonly backend: Record<string, unknown>;
  readonly outer: Record<string, unknown>;
}

/** The ways to name a kind, for help and messages. */
export const kindNames: readonly string[] = [
  ...Object.keys(backends),
  ...Object.keys(outers).flatMap((outer) => Object.keys(backends).map((backend) => `${outer}:${backend}`)),
];

/** What ReproMan calls them. */
export const kindInReproman: Readonly<Record<string, string>> = { 'docker-container': 'docker', 'aws-ec2': 'aws' };

/** The backend of that name, loaded now, with the one before its colon. */
export async function kindOf(name: string): Promise<Kind> {
  const [first = '', second, ...more] = name.split(':');
  if (more.length > 0) throw unknown(name);
  if (second === undefined && isBackend(first)) return { name, backend: await backends[first]() };
  if (!isOuter(first)) throw unknown(name);
  const outer: Outer = await outers[first]();
  const chosen = second ?? outer.usual.backend;
  if (!isBackend(chosen)) throw unknown(name);
  const why = second === undefined ? { why: outer.usual.why } : {};
  return { name: `${first}:${chosen}`, outer, backend: await backends[chosen](), ...why };
}

/** What is there only so that an environment can live in a kind of place, of the machine first. */
export function supportOf({ outer, backend }: Kind): string[] {
  return [...(outer?.support ?? []), ...(backend.support ?? [])];
}

/** Checks what the user said with `-b key=value`, and gives it to whoever of the two knows the key. */
export function parseParameters({ backend, outer }: Parties, given: Readonly<Record<string, unknown>>): KindParameters {
  const parties = outer === undefined ? [backend] : [outer, backend];
  const told = new Map<Party, Record<string, unknown>>(parties.map((party) => [party, {}]));
  for (const [key, value] of Object.entries(given)) {
    const { party, name } = addressee(key, parties);
    Object.assign(told.get(party) ?? {}, { [name]: value });
  }
  const parsed = (party: Party) => parse(party, told.get(party) ?? {});
  return { outer: outer ? parsed(outer) : {}, backend: parsed(backend) };
}

type Party = Pick<Backend, 'name' | 'parameters'>;

/** Who is told: a kind of place, or one of its two alone. */
export interface Parties {
  readonly backend: Party;
  readonly outer?: Party;
}

/** `key`, or `NAME.key` where both know it. */
function addressee(key: string, parties: readonly Party[]): { readonly party: Party; readonly name: string } {
  const knowing = parties.flatMap((party) =>
    keysOf(party).flatMap((name) => (key === name || key === `${party.name}.${name}` ? [{ party, name }] : [])),
  );
  const [one, other] = knowing;
  if (one && !other) return one;
  const who = parties.map(({ name }) => name).join(':');
  if (one) {
    throw new ReproError('usage', `both backends of ${who} have a parameter '${key}'`, {
      remedy: `write ${knowing.map(({ party, name }) => `-b ${party.name}.${name}=VALUE`).join(' or ')}`,
    });
  }
  const known = parties.flatMap(keysOf);
  const near = closestName(key, known);
  throw new ReproError('usage', `the backend ${who} has no parameter '${key}'`, {
    remedy: near ? `did you mean '${near}'?` : `it has: ${known.join(', ') || 'none'}`,
  });
}

function keysOf({ parameters }: Party): string[] {
  return Object.keys(parameters.shape);
}

function parse({ name, parameters }: Party, given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const parsed = parameters.safeParse(given);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const key = issue?.path.join('.') ?? '';
  const missing = !Object.hasOwn(given, key);
  const what = missing ? `the parameter ${key} is missing` : `the parameter ${key} is not right: ${issue?.message}`;
  throw new ReproError('usage', what, { where: `backend ${name}`, remedy: `give it as -b ${key}=VALUE` });
}

function unknown(name: string): ReproError {
  const near = closestName(name, [...kindNames, ...Object.keys(outers)]);
  return new ReproError('usage', `there is no backend '${name}'`, {
    remedy: near ? `did you mean '${near}'?` : `choose one of: ${kindNames.join(', ')}`,
  });
}
