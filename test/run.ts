#!/usr/bin/env -S node --import tsx
// All that must pass, in lanes with a time budget each. `npm test` runs them all, `npm test -- unit checks` those.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NotInstalled, productPrograms, setUp, testPrograms } from '../bin/set-up.js';
import { engineAnswers, startEngine } from './support/engine.js';
import { memoryRoom, type Room } from './support/memory.js';

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

interface Lane {
  readonly name: string;
  readonly minutes: number;
  readonly work: () => Promise<void>;
}

const project = fileURLToPath(new URL('..', import.meta.url));
// Not in /tmp, of which tests may have another.
const scratch = mkdtempSync(join(project, 'node_modules', '.test-run-'));
const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
const resources: AsyncDisposable[] = [];
/** A lane that takes longer than this many times its budget hangs: it is ended and has failed. */
const patience = 1.5;
let deadline = Number.POSITIVE_INFINITY;
let current: ChildProcess | undefined;
/** Where tests write, and the engine that they use. */
let room: Room | undefined;

const lanes: readonly Lane[] = [
  { name: 'set-up', minutes: 8, work: prepare },
  { name: 'unit', minutes: 8, work: () => tests('unit') },
  { name: 'checks', minutes: 3, work: checks },
  { name: 'build', minutes: 1, work: () => check('build', ['npm', 'run', '--silent', 'build']) },
  { name: 'e2e', minutes: 46, work: () => tests('e2e') },
  { name: 'bench', minutes: 14, work: benches },
];

for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.once(name, () => {
    current?.kill(name);
    void release().finally(() => process.exit(name === 'SIGINT' ? 130 : 143));
  });
}

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !lanes.some((lane) => lane.name === name));
if (unknown.length > 0) {
  console.error(`no such lane: ${unknown.join(', ')}; there are ${lanes.map((lane) => lane.name).join(', ')}`);
  process.exit(2);
}

try {
  // An engine that is there already does not see into it.
  room = (await engineAnswers()) ? undefined : await memoryRoom(project);
  if (room) resources.push(room);
  console.log(`tests write to ${room ? 'memory' : 'the disk'}`);
  const table: string[] = [];
  for (const lane of lanes.filter(({ name }) => asked.length === 0 || asked.includes(name)))
    table.push(await timed(lane));
  console.log(`\n${table.join('\n')}`);
} finally {
  await release();
}
console.log(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exit(counts.failed === 0 ? 0 : 1);

async function timed(lane: Lane): Promise<string> {
  console.log(`\n== ${lane.name} (budget ${lane.minutes} min)`);
  const begun = Date.now();
  deadline = begun + patience * lane.minutes * 60_000;
  const failedBefore = counts.failed;
  await lane.work();
  const minutes = (Date.now() - begun) / 60_000;
  const verdict = counts.failed > failedBefore ? 'FAILED' : 'passed';
  const over = minutes > lane.minutes ? ', OVER ITS BUDGET' : '';
  const line = `lane ${lane.name}: ${verdict}, ${minutes.toFixed(1)} of ${lane.minutes} min${over}`;
  console.log(line);
  return line;
}

async function prepare(): Promise<void> {
  try {
    // Anew: the roots are bootstrapped from what the archives have now.
    setUp([...productPrograms, ...testPrograms], { refresh: true });
  } catch (error) {
    if (!(error instanceof NotInstalled)) throw error;
    lacking(error.message);
  }
  const engine = await startEngine(room);
  if (typeof engine === 'string') lacking(engine);
  else if (engine !== undefined) resources.push(engine);
}

/** Tests that need it say so and are skipped; on CI every part must be there. */
function lacking(what: string): void {
  console.error(what);
  if (process.env['CI']) counts.failed++;
}

async function checks(): Promise<void> {
  await check('lint and format', ['npm', 'run', '--silent', 'lint']);
  await check('types', ['npm', 'run', '--silent', 'types']);
  await check('dead code', ['npm', 'run', '--silent', 'dead-code']);
}

/** A bench that ends with 2 missed its target. That is told, and fails nothing: neighbours make a shared machine slow. */
async function benches(): Promise<void> {
  const scripts = readdirSync(join(project, 'bench')).filter((name) => name.endsWith('.ts'));
  for (const script of scripts.sort()) {
    const code = await run(['node', '--import', 'tsx', join('bench', script)]);
    console.log(`${code === 0 ? 'ok' : code === 2 ? 'TARGET MISSED' : 'FAILED'}: bench/${script}`);
    if (code === 0) counts.passed++;
    else if (code === 2) counts.skipped++;
    else counts.failed++;
  }
}

async function check(name: string, argv: readonly string[]): Promise<void> {
  const code = await run(argv);
  console.log(`${code === 0 ? 'ok' : 'FAILED'}: ${name}`);
  if (code === 0) counts.passed++;
  else counts.failed++;
}

async function tests(name: string): Promise<void> {
  const report = join(scratch, `${name}.json`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const vitest = ['node_modules/.bin/vitest', 'run', '--project', name, ...reporters];
  const code = await run(room ? room.enter(vitest) : vitest);
  const seen = readReport(report);
  counts.passed += seen.passed;
  counts.skipped += seen.skipped;
  counts.failed += seen.failed === 0 && code !== 0 ? 1 : seen.failed;
}

function readReport(file: string): Counts {
  try {
    const report = JSON.parse(readFileSync(file, 'utf8')) as Record<string, number>;
    const number = (key: string) => report[key] ?? 0;
    const skipped = number('numPendingTests') + number('numTodoTests');
    return { passed: number('numPassedTests'), failed: number('numFailedTests'), skipped };
  } catch {
    return { passed: 0, failed: 0, skipped: 0 };
  }
}

function run(argv: readonly string[]): Promise<number> {
  const [program = '', ...rest] = argv;
  return new Promise((resolve) => {
    const child = spawn(program, rest, { cwd: project, stdio: ['ignore', 'inherit', 'inherit'] });
    current = child;
    const overdue = setTimeout(
      () => {
        console.error(`${argv.join(' ')} is ended: its lane had ${patience} times its budget`);
        child.kill('SIGKILL');
      },
      Math.max(0, deadline - Date.now()),
    );
    child.once('error', (error) => {
      console.error(error.message);
      resolve(127);
    });
    child.once('exit', (code) => {
      clearTimeout(overdue);
      resolve(code ?? 1);
    });
  });
}

async function release(): Promise<void> {
  rmSync(scratch, { recursive: true, force: true });
  for (const resource of resources.splice(0).reverse()) await resource[Symbol.asyncDispose]();
}
