import { z } from 'zod';

/** What the engine tells of long work, a line each: https://docs.docker.com/reference/api/engine/ */
const answerSchema = z.object({
  error: z.string().optional(),
  aux: z.object({ Digest: z.string().optional() }).optional(),
});

export type Answer = z.infer<typeof answerSchema>;

/** All that the engine tells to the end of its work; an error among it is thrown, as `failed` says it. */
export async function answersOf(
  stream: AsyncIterable<unknown>,
  failed: (problem: string) => Error,
): Promise<readonly Answer[]> {
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const answers = lines.map((line) => answerSchema.parse(JSON.parse(line)));
  const problem = answers.find(({ error }) => error !== undefined)?.error;
  if (problem !== undefined) throw failed(problem);
  return answers;
}
