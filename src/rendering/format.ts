import type { Templates } from '../templates/templates.js';
import type { RenderedEnvironment, Rendering } from './rendering.js';

/** What a tool that people have takes. */
export interface Format {
  /** Whose ready-made systems it begins with, by the table of bases. Absent: the user of the file chooses. */
  readonly base?: 'docker' | 'vagrant';
  render(environment: RenderedEnvironment, templates: Templates): Promise<Rendering>;
}
