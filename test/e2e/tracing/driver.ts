import { writeFileSync } from 'node:fs';
import { localMachine } from '../../../src/machines/local.js';
import { pathFromText } from '../../../src/model/file-path.js';
import { chooseTracer } from '../../../src/tracing/registry.js';

/** Traces a command of its own arguments with its own streams, as `reproman trace` does: `driver.ts RESULT COMMAND...`. */
async function main([result = '', ...argv]: readonly string[]): Promise<void> {
  await using machine = await localMachine();
  const tracer = await chooseTracer(machine);
  const environment = { ...process.env } as Record<string, string>;
  const trace = await tracer.trace(argv, { machine, cwd: pathFromText(process.cwd()), environment });
  writeFileSync(result, JSON.stringify(trace));
  process.exitCode = trace.exit.code;
}

await main(process.argv.slice(2));
