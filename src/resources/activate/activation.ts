import { ReproError } from '../../errors.js';

/** Variables of a shell, as a program that it starts is given them. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** What a shell has from a resource while that is active. */
export interface Activation {
  readonly name: string;
  readonly variables: Readonly<Record<string, string>>;
  /** Folders of programs, which come before those that the shell has. */
  readonly path: readonly string[];
}

/** One variable as it is to be; one without a value is unset. */
export interface Assignment {
  readonly name: string;
  readonly value?: string;
}

/** Say what is active, and what it set; what was there before is kept under a name with this at its beginning. */
const active = 'REPROMAN_ACTIVE';
const changed = 'REPROMAN_VARIABLES';
const saved = 'REPROMAN_SAVED_';

/** These say who works in a shell, and where: they are never another's. */
const own = new Set([
  ...['HOME', 'USER', 'LOGNAME', 'SHELL', 'TERM', 'PWD', 'OLDPWD', 'SHLVL', 'TMPDIR', 'HOSTNAME', 'DISPLAY', '_'],
]);

/** Whether a shell may take a variable over from a resource: by its name, which is to be one that every shell can set. */
export function canBeActive(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !own.has(name) && !name.startsWith('REPROMAN_');
}

/** What a shell must set to have a resource; another that is active is left first. */
export function activate({ name, variables, path }: Activation, shell: Variables): Assignment[] {
  const left = shell[active] === undefined ? [] : deactivate(shell);
  const before = { ...shell, ...Object.fromEntries(left.map((each) => [each.name, each.value])) };
  const wanted = Object.entries(variables).filter(([key]) => canBeActive(key) && key !== 'PATH');
  const values = new Map([...wanted, ['PATH', joined([...path, variables['PATH'], before['PATH']])]]);
  const keeping = [...values.keys()].flatMap((key) => {
    const value = before[key];
    return value === undefined ? [] : [{ name: saved + key, value }];
  });
  return [
    ...left.filter((each) => !values.has(each.name) && !keeping.some((kept) => kept.name === each.name)),
    ...keeping,
    ...[...values].map(([key, value]) => ({ name: key, value })),
    { name: active, value: name },
    { name: changed, value: [...values.keys()].join(' ') },
  ];
}

/** What a shell must set to be as it was before; `name` says which resource is to be left. */
export function deactivate(shell: Variables, name: string | undefined = shell[active]): Assignment[] {
  const present = shell[active];
  if (present === undefined || present !== name) throw notActive(name, present);
  const names = (shell[changed] ?? '').split(' ').filter(canBeActive);
  return [
    ...names.map((key) => assignment(key, shell[saved + key])),
    ...names.filter((key) => shell[saved + key] !== undefined).map((key) => ({ name: saved + key })),
    { name: active },
    { name: changed },
  ];
}

function assignment(name: string, value: string | undefined): Assignment {
  return value === undefined ? { name } : { name, value };
}

/** Each folder once, where it comes first. */
function joined(lists: readonly (string | undefined)[]): string {
  return [...new Set(lists.flatMap((list) => list?.split(':') ?? []))].join(':');
}

function notActive(name: string | undefined, present: string | undefined): ReproError {
  const what = name === undefined ? 'no resource is' : `'${name}' is not`;
  return new ReproError('usage', `${what} active in this shell`, {
    remedy: present === undefined ? 'activate one first, with: reproman activate NAME' : `'${present}' is`,
  });
}
