import { codeOf, ReproError } from '../../errors.js';

/** A temporary file is nobody's business: what an error says of it is said of what it was made from. */
export function calledBy(error: unknown, file: string, shown: string): unknown {
  const called = (text: string) => text.replaceAll(file, shown);
  if (error instanceof ReproError) {
    const { kind, message, where, remedy, cause } = error;
    return new ReproError(kind, called(message), {
      ...(where !== undefined && { where: called(where) }),
      ...(remedy !== undefined && { remedy: called(remedy) }),
      cause,
    });
  }
  if (!(error instanceof Error) || !error.message.includes(file)) return error;
  const code = codeOf(error);
  return Object.assign(new Error(called(error.message), { cause: error }), code !== undefined && { code });
}
