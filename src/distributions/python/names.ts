/** The name by which packages are compared (PEP 503): lower case, runs of `-`, `_` and `.` are one `-`. */
export function normalizeName(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-');
}
