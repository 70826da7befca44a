/** Whether a name fits a pattern in which `*` stands for any text; in time that no pattern can make grow. */
export function fits(name: string, pattern: string): boolean {
  const [first = '', ...others] = pattern.split('*');
  const last = others.pop();
  if (last === undefined) return name === first;
  if (!name.startsWith(first)) return false;
  let at = first.length;
  for (const part of others) {
    const next = name.indexOf(part, at);
    if (next < 0) return false;
    at = next + part.length;
  }
  return name.length - last.length >= at && name.endsWith(last);
}

/** Whether a name is among those that do not count. */
export function isIgnored(name: string, patterns: readonly string[] | undefined): boolean {
  return patterns?.some((pattern) => fits(name, pattern)) ?? false;
}
