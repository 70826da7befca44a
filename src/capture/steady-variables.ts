/**
 * Variables that make programs give the same twice, as far as they follow them: a date for what they write
 * (https://reproducible-builds.org/specs/source-date-epoch/), the order of hashes, the time zone and the language. What
 * the user has set already stays.
 */
export function steadyVariables(
  environment: Readonly<Record<string, string>>,
  now = new Date(),
): Readonly<Record<string, string>> {
  const steady = {
    SOURCE_DATE_EPOCH: String(Math.floor(now.getTime() / 1000)),
    PYTHONHASHSEED: '0',
    PERL_HASH_SEED: '0',
    TZ: 'UTC',
    LC_ALL: 'C.UTF-8',
  };
  return { ...steady, ...environment };
}
