import { createInterface } from 'node:readline/promises';
import { ReproError } from '../errors.js';

/** Asks on the terminal; throws where the answer is no or nobody can be asked. */
export async function confirm(question: string, refusal = 'nothing was removed'): Promise<void> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new ReproError('usage', 'this must be confirmed, and there is no terminal to ask on', {
      remedy: 'add --yes',
    });
  }
  const asked = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await asked.question(`${question} [y/N] `);
    if (!/^y(es)?$/i.test(answer.trim())) throw new ReproError('usage', refusal);
  } finally {
    asked.close();
  }
}
