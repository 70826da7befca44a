import type { Use } from '../../model/access.js';
import { showClass } from '../../model/classes.js';
import type { WhyMany } from './many.js';
import type { ProgramChain, ProgramStep } from './programs.js';
import type { RecordedUse } from './uses.js';
import type { ChainLink, Why, WhyPackage, WhyPath } from './why.js';

const labelWidth = 11;
/** Of a command line on one line of a terminal. */
const commandWidth = 90;
const shownUses = 4;
const shownChains = 3;
const shownDependents = 6;
const shownPackages = 12;

/** The answer in plain words: a block of labelled lines for each path and package. */
export function formatWhy(answers: readonly Why[]): string {
  return answers.map(aboutOne).join('\n');
}

function aboutOne(why: Why): string {
  if ('usedPaths' in why) return 'packages' in why ? aboutMany(why) : aboutPackage(why);
  return aboutPath(why);
}

function aboutMany({ what, is, usedPaths, packages, examples }: WhyMany): string {
  const isKind = is === 'kind';
  const used = packages.filter((each) => each.used);
  const shown = used.slice(0, shownPackages);
  const said = isKind
    ? `a kind of packages: ${used.length} used, ${packages.length} with all that they need.`
    : `a folder that no run used itself; of what is in it: ${paths(usedPaths)}.`;
  const more = used.length - shown.length;
  return block(what, [
    line('is', said),
    ...shown.map(({ name, version, distribution, usedPaths: own }, index) =>
      line(index === 0 ? 'packages' : '', `${name} ${version} (${distribution}), ${paths(own)}`),
    ),
    ...(more > 0 ? [line('', `and ${more} more`)] : []),
    ...examples.map((path, index) => line(index === 0 ? 'such as' : '', path)),
  ]);
}

function paths(count: number): string {
  return `${count} ${count === 1 ? 'path' : 'paths'} used`;
}

function aboutPath(why: WhyPath): string {
  const { path, uses, leadsTo: leads, fate, from, managed, host, onCreate, package: of } = why;
  return block(path, [
    ...(leads === undefined ? [] : [line('leads to', leads)]),
    line('is', classOf(why)),
    ...(fate === undefined ? [] : [line('kept', `${fate}.`)]),
    ...(from === undefined ? [] : [line('origin', `${from}.`)]),
    ...(managed === undefined ? [] : [line('origin', `${managed}.`)]),
    ...(host === undefined ? [] : [line('asks for', `${host}.`)]),
    ...(onCreate === undefined
      ? []
      : [line('create', onCreate === 'carry' ? 'puts it there as it was.' : 'makes it again.')]),
    ...usedLines(uses, path),
    ...(of ? [line('package', `${titleOf(of)}, ${stateOf(of)}`), ...neededLines(of)] : []),
  ]);
}

function aboutPackage(why: WhyPackage): string {
  const { uses, usedPaths, certainty, problems, at } = why;
  const more = usedPaths > uses.length ? [line('', `and ${usedPaths - uses.length} more of its paths`)] : [];
  return block(titleOf(why), [
    ...(at === undefined ? [] : [line('installed', `in ${at}`)]),
    line('is', `${stateOf(why)}.`),
    ...usedLines(uses),
    ...more,
    ...neededLines(why),
    ...(certainty === undefined ? [] : [line('origin', originOf[certainty] ?? certainty)]),
    ...problems.map((problem) => line('note', problem)),
  ]);
}

const originOf: Readonly<Record<string, string>> = {
  verified: 'verified: the content of what an archive has was compared with what was installed.',
  indexed: 'indexed: an archive lists this version, with a hash of it.',
  'version-only': 'version only: whether what an archive has of this version is the same content is not known.',
  repacked: 'repacked: no archive known there has it, so it was rebuilt from its installed files and is kept here.',
  unknown: 'unknown: where it can be had is not known.',
};

function classOf({ class: is, because, rule, package: of }: WhyPath): string {
  const name = of?.name ?? 'a package';
  const said = because ?? rule;
  const named = rule === undefined || because === undefined ? '' : ` (rule ${rule})`;
  switch (is) {
    case 'owned':
      return `owned: of the package ${name}, as it brought it.`;
    case 'modified':
      return `modified: of the package ${name}; ${said ?? 'it was changed'}${named}.`;
    case 'loose':
      return `loose: no package has it${said === undefined ? '' : `; ${said}${named}`}.`;
    case 'absent':
      return `absent: it was looked for and was not there${of ? `, though ${name} brings it` : ''}; it must not be there again.`;
    default:
      return `${showClass(is)}: ${said ?? 'by a rule'}${named}.`;
  }
}

function stateOf({ used, usedPaths, essential, chain, dependents, needsAreKnown }: WhyPackage): string {
  if (used) return usedPaths > 0 ? 'used' : 'used, though no path of it itself: it makes or holds what was used';
  if (chain) return 'needed, not used';
  if (essential) return 'essential: every system of its kind has it';
  if (dependents.length > 0) return 'needed by what every system has, not used';
  return needsAreKnown ? 'there with the system, not used' : 'not used; the lock does not say what needs it';
}

/** Names of each use in one sentence; what a program did is told with the program. */
function usedLines(uses: readonly RecordedUse[], path?: string): string[] {
  return uses.slice(0, shownUses).flatMap(({ run, path: asked, uses: done, by }) => {
    const what = done.map(wordOf).join(', ');
    const where = asked === path ? '' : ` ${path === undefined ? '' : 'as '}${asked}`;
    const chains = by.slice(0, shownChains).flatMap((chain) => chainLines(chain));
    const rest = by.length > shownChains ? [line('', 'and by others')] : [];
    const of = run === undefined ? 'asked for' : `${what}${where}, in the run ${run}`;
    return [line('used', of), ...chains, ...rest];
  });
}

const words: Partial<Record<Use, string>> = { examined: 'looked at', absent: 'looked for', entered: 'worked in' };

function wordOf(use: Use): string {
  return words[use] ?? use;
}

function chainLines(chain: ProgramChain): string[] {
  const [first, ...origins] = chain;
  if (first === undefined) return [];
  const shown = [line('by', withEnd(first))];
  let before = first.how;
  for (const step of origins) {
    shown.push(line('', `  ${before === 'executed' ? 'executed' : 'started'} by ${withEnd(step)}`));
    before = step.how;
  }
  return shown;
}

function withEnd({ argv, how }: ProgramStep): string {
  const text = argv.map(shellWord).join(' ');
  const command = text.length > commandWidth ? `${text.slice(0, commandWidth - 1)}…` : text;
  return how === 'traced' ? `${command}  (the traced command)` : command;
}

/** As one would type it. */
function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''").replaceAll('\n', '\\n')}'`;
}

function neededLines({ chain, dependents, used, essential }: WhyPackage): string[] {
  const lines: string[] = [];
  if (!used && chain) lines.push(...chainOfNeeds(chain));
  const others = dependents.filter((name) => used || !chain?.some((link) => link.name === name));
  if (others.length > 0) {
    const rest = others.length > shownDependents ? ` and ${others.length - shownDependents} more` : '';
    const also = !used && chain ? 'also by ' : 'by ';
    lines.push(line('needed', `${also}${others.slice(0, shownDependents).join(', ')}${rest}`));
  }
  if (essential && (used || chain)) {
    const isAlone = lines.length === 0;
    lines.push(line(isAlone ? 'needed' : '', `${isAlone ? '' : 'and '}by every system of its kind: it is essential`));
  }
  return lines;
}

/** `a needs b needs c`, with the file of `a` that was used. */
function chainOfNeeds(chain: readonly ChainLink[]): string[] {
  const [first] = chain;
  const names = chain.map(({ name }) => name).join(' needs ');
  const use = first?.use;
  const [by] = use?.by ?? [];
  const what = use?.uses.map(wordOf).join(', ');
  const used = use ? [line('', `${first.name} is used: ${use.path} (${what})`)] : [];
  return [line('because', names), ...used, ...(by ? chainLines(by) : [])];
}

function titleOf({ name, version, distribution }: WhyPackage): string {
  return `${name} ${version} (${distribution})`;
}

function block(title: string, lines: readonly string[]): string {
  return `${title}\n${lines.join('\n')}\n`;
}

function line(label: string, text: string): string {
  return `  ${label.padEnd(labelWidth)}${text}`.trimEnd();
}
