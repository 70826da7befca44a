/** The lines of a stream of bytes as latin1 text, without their line ends. */
export async function* lines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string, void> {
  for await (const batch of lineBatches(chunks)) for (const line of batch) yield line;
}

/** The same lines as they come, many at once: a step of an asynchronous iteration takes as long as the parsing of a line. */
export async function* lineBatches(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string[], void> {
  let rest = '';
  for await (const chunk of chunks) {
    const parts = (rest + Buffer.from(chunk).toString('latin1')).split('\n');
    rest = parts.pop() ?? '';
    yield parts;
  }
  if (rest !== '') yield [rest];
}
