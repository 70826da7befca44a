import type { Comparator } from '../../spec/document/comparators.js';
import type { ComparisonContext } from '../comparison/comparator.js';
import { type Differences, nothing } from '../comparison/differences.js';
import { fits } from '../comparison/wildcard.js';

/** One member of an archive. */
export interface Member {
  /** Its kind, permissions and target, for people. */
  readonly properties: string;
  content(): Promise<Buffer>;
}

/** Compares archives member by member, each as it is told. */
export async function compareMembers(
  expected: ReadonlyMap<string, Member>,
  found: ReadonlyMap<string, Member>,
  comparators: Readonly<Record<string, Comparator>>,
  report: Differences,
  context: ComparisonContext,
): Promise<void> {
  for (const name of new Set([...expected.keys(), ...found.keys()])) {
    const comparator = comparatorFor(name, comparators);
    if (comparator === 'ignore') continue;
    const [one, other] = [expected.get(name), found.get(name)];
    if (one === undefined || other === undefined || one.properties !== other.properties) {
      const tell = (member: Member | undefined) => member?.properties ?? nothing;
      report.add(() => ({ at: `member ${name}`, expected: tell(one), found: tell(other) }));
      continue;
    }
    await context.compare(await one.content(), await other.content(), comparator, report, `in member ${name}`);
  }
}

function comparatorFor(name: string, comparators: Readonly<Record<string, Comparator>>): Comparator {
  for (const [pattern, comparator] of Object.entries(comparators)) if (fits(name, pattern)) return comparator;
  return 'bytes';
}
