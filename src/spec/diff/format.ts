import type { PackageDifference, PackageSide, Satisfaction, SpecDifferences } from './schema.js';

/** Columns of what became of a thing, at the head of its line. */
const verdictWidth = 13;

/** What a person reads: what is different by kind, one thing a line, in an order of its own; one line where nothing is. */
export function formatSpecDifferences(found: SpecDifferences): string {
  const [one, other] = found.specs;
  if (found.equal) return `${one} and ${other} describe the same environment`;
  const sections: readonly (readonly [string, readonly string[]])[] = [
    ['base', found.base.map(({ name, before, after }) => row('changed', `${name} ${move(before, after)}`))],
    ...packageSections(found.packages),
    [
      'settings',
      found.settings.map(({ distribution, fields }) => row('changed', `${distribution}: ${fields.join(', ')}`)),
    ],
    ['accounts', found.accounts.map(namedRow)],
    ['files', found.files.map((each) => row([each.verdict, ...(each.also ?? [])].join(', '), fileText(each)))],
    ['taken away', found.absent.map(namedRow)],
    [
      'variables',
      found.variables.map(({ run, name, before, after }) =>
        row('changed', `${name} ${move(quoted(before), quoted(after))} (${run})`),
      ),
    ],
    ['steps', found.steps.map(namedRow)],
    ['runs', found.runs.map(namedRow)],
    ['host', found.host.map(namedRow)],
  ];
  const isRequested = found.compared === 'requested' && found.packages.length > 0;
  const note = isRequested ? ['packages are compared as they are asked for: not both specs are resolved'] : [];
  const lines = sections.flatMap(([title, rows]) => (rows.length > 0 ? [title, ...rows] : []));
  return [`${one} -> ${other}`, ...note, ...lines].join('\n');
}

/** What is asked for and not there, one request a line. */
export function formatSatisfaction({ specs, satisfied, asked, unsatisfied }: Satisfaction): string {
  const [has, wants] = specs;
  if (satisfied) return `${has} has all that ${wants} asks for (${asked})`;
  const rows = unsatisfied.map(({ kind, distribution, request, at, found }) => {
    const what = `${distribution === undefined ? '' : `${distribution} `}${request}${at === undefined ? '' : ` in ${at}`}`;
    return row(kind, `${what}: ${thereText(kind, found)}`);
  });
  return [`${has} lacks ${unsatisfied.length} of ${asked} that ${wants} asks for`, ...rows].join('\n');
}

function thereText(kind: string, found: readonly string[]): string {
  if (kind === 'absent') return 'it is there';
  return found.length === 0 ? 'not there' : `there is ${found.join(', ')}`;
}

/** What only lies at another place is told once for all packages of that place. */
function packageSections(packages: readonly PackageDifference[]): (readonly [string, readonly string[]])[] {
  const byDistribution = new Map<string, PackageDifference[]>();
  for (const each of packages) {
    const group = byDistribution.get(each.distribution) ?? [];
    group.push(each);
    byDistribution.set(each.distribution, group);
  }
  return [...byDistribution].map(([distribution, group]) => {
    const moved = group.filter(({ verdict, also }) => verdict === 'moved' && also === undefined);
    const places = new Map<string, PackageDifference[]>();
    for (const each of moved) {
      const way = move(each.before?.at, each.after?.at);
      places.set(way, [...(places.get(way) ?? []), each]);
    }
    const together = [...places].filter(([, each]) => each.length > 1);
    const isTogether = new Set(together.flatMap(([, each]) => each));
    const rows = group.filter((each) => !isTogether.has(each)).map(packageRow);
    const whole = together.map(([way, each]) => row('moved', `${each.length} packages ${way}`));
    return [`packages of ${distribution}`, [...rows, ...whole]];
  });
}

function packageRow({ name, verdict, also = [], fields, before, after }: PackageDifference): string {
  const some = after ?? before ?? {};
  const place = some.at === undefined || [verdict, ...also].includes('moved') ? '' : ` in ${some.at}`;
  if (!before || !after) return row(verdict, `${name} ${versionOf(some)}${architectureOf(some)}${place}`);
  const said = [verdict, ...also].map((each) => aspectText(each, before, after, fields)).filter((text) => text !== '');
  return row(verdict, `${name}${architectureOf(some)} ${said.join('; ')}${place}`);
}

function aspectText(
  verdict: PackageDifference['verdict'],
  before: PackageSide,
  after: PackageSide,
  fields: readonly string[] = [],
): string {
  switch (verdict) {
    case 'upgraded':
    case 'downgraded':
    case 'version':
      return `${versionOf(before)} -> ${versionOf(after)}`;
    case 'architecture':
      return `for ${before.architecture} -> ${after.architecture}`;
    case 'build': {
      const isNamed = before.build !== undefined && before.build !== after.build;
      return isNamed
        ? `${versionOf(before)}, build ${move(before.build, after.build)}`
        : `${versionOf(after)}, another build`;
    }
    case 'origin':
      return `${versionOf(after)} from ${(before.origins ?? []).join(', ')} -> ${(after.origins ?? []).join(', ')}`;
    case 'moved':
      return `${versionOf(after)} at ${before.at ?? 'any place'} -> ${after.at ?? 'any place'}`;
    case 'changed':
      return `otherwise: ${fields.join(', ')}`;
    default:
      return '';
  }
}

function versionOf({ version, constraint, identity }: PackageSide): string {
  return version ?? (constraint === undefined ? (identity ?? 'any version') : constraint.trim());
}

function architectureOf({ architecture }: PackageSide): string {
  return architecture === undefined ? '' : ` (${architecture})`;
}

function fileText({ path, before, after }: SpecDifferences['files'][number]): string {
  return before === undefined && after === undefined ? path : `${path} ${move(short(before), short(after))}`;
}

function namedRow({ name, verdict, fields = [] }: SpecDifferences['runs'][number]): string {
  return row(verdict, fields.length > 0 ? `${name}: ${fields.join(', ')}` : name);
}

function row(verdict: string, text: string): string {
  return `  ${verdict.padEnd(verdictWidth)}${text}`;
}

function move(before: string | undefined, after: string | undefined): string {
  return `${before ?? 'nothing'} -> ${after ?? 'nothing'}`;
}

function quoted(text: string | undefined): string | undefined {
  return text === undefined ? undefined : JSON.stringify(text);
}

/** A hash by its beginning. */
function short(text: string | undefined): string | undefined {
  return text !== undefined && /^[0-9a-f]{64}$/.test(text) ? text.slice(0, 12) : text;
}
