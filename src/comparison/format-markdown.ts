import type { PackageFact } from '../sources/facts.js';
import { collapse } from './collapse.js';
import { type Comparison, isEqual } from './comparison.js';
import { filesTitle, packageStory, packagesTitle } from './format-text.js';
import { groupByPackage } from './groups.js';
import type { Violation } from './rules.js';

/** A comparison as Markdown, for the comment of a pull request: every table under a fold, violations above all. */
export function formatMarkdown(
  comparison: Comparison,
  options: { readonly packages: readonly PackageFact[]; readonly violations?: readonly Violation[] },
): string {
  const { one, other, packages = [], environment, image, files, notes } = comparison;
  const groups = groupByPackage(files.changes, options.packages);
  const lines = [
    `# ${code(one)} → ${code(other)}`,
    isEqual(comparison) ? 'No difference.' : filesTitle(files.changes, files.same),
    ...violationLines(options.violations),
    ...folded(
      packagesTitle(packages),
      table(
        ['', 'package', 'version'],
        packages.map((change) => [change.kind, code(`${change.distribution} ${change.name}`), packageStory(change)]),
      ),
    ),
    ...folded(
      'settings',
      table(
        ['setting', 'before', 'after'],
        [...environment, ...image].map(({ name, before, after }) => [code(name), value(before), value(after)]),
      ),
    ),
    ...groups.flatMap(({ package: owner, changes }) =>
      folded(owner ? `files of ${owner.distribution} ${owner.name}` : 'files of no known package', [
        '```text',
        ...collapse(changes).map((line) => line.replaceAll('```', "'''")),
        '```',
      ]),
    ),
    ...notes.map((note) => `> ${note}`),
  ];
  return lines.join('\n\n');
}

function violationLines(violations: readonly Violation[] | undefined): string[] {
  if (!violations) return [];
  if (violations.length === 0) return ['All rules hold.'];
  return [
    ['Rules that do not hold:', '', ...violations.map(({ rule, message }) => `- **${rule}**: ${message}`)].join('\n'),
  ];
}

function folded(title: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  return [`<details><summary>${title.replaceAll('<', '&lt;')}</summary>\n\n${lines.join('\n')}\n\n</details>`];
}

function table(titles: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return [];
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  return [line(titles), line(titles.map(() => '---')), ...rows.map(line)];
}

function value(text: string | undefined): string {
  return text === undefined ? 'not set' : code(text);
}

function code(text: string): string {
  const fence = text.includes('`') ? '``' : '`';
  return `${fence}${text}${fence}`;
}
