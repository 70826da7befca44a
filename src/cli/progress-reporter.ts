import type { Progress, ProgressEvent, ProgressUnit } from '../model/progress.js';
import { escapeControls } from './error-text.js';
import { showAmount, showSeconds } from './units.js';

/** Where progress is written: standard error, or anything like it. */
export interface ProgressOutput {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

interface Stage {
  readonly unit: ProgressUnit | undefined;
  readonly begun: number;
  total: number | undefined;
  done: number;
}

const redrawEvery = 100;

/**
 * Shows long work: on a terminal one live line with counts, bytes and rates, replaced by a finished line per stage;
 * elsewhere one plain line when a stage ends.
 */
export class ProgressReporter implements Disposable {
  readonly #output: ProgressOutput;
  readonly #now: () => number;
  readonly #stages = new Map<string, Stage>();
  #drawn = false;
  #drawnAt = Number.NEGATIVE_INFINITY;

  constructor(output: ProgressOutput, now: () => number = Date.now) {
    this.#output = output;
    this.#now = now;
  }

  readonly report: Progress = (event) => {
    if (event.kind === 'note') this.#line(event.message);
    else if (event.kind === 'begin') this.#begin(event);
    else if (event.kind === 'advance') this.#advance(event);
    else this.#end(event);
  };

  [Symbol.dispose](): void {
    this.#erase();
  }

  #begin(event: Extract<ProgressEvent, { kind: 'begin' }>): void {
    this.#stages.set(event.stage, { unit: event.unit, total: event.total, done: 0, begun: this.#now() });
    this.#draw(event.stage, true);
  }

  #advance(event: Extract<ProgressEvent, { kind: 'advance' }>): void {
    const stage = this.#stages.get(event.stage);
    if (stage === undefined) return;
    stage.done = event.done;
    stage.total = event.total ?? stage.total;
    this.#draw(event.stage, false);
  }

  #end(event: Extract<ProgressEvent, { kind: 'end' }>): void {
    const stage = this.#stages.get(event.stage);
    this.#stages.delete(event.stage);
    const counted = stage !== undefined && stage.done > 0 ? showAmount(stage.done, stage.unit) : '';
    const said = event.message ?? counted;
    const took = stage === undefined ? '' : ` (${showSeconds((this.#now() - stage.begun) / 1000)})`;
    this.#line(`${event.stage}${said === '' ? '' : `: ${said}`}${took}`);
    const outer = [...this.#stages.keys()].at(-1);
    if (outer !== undefined) this.#draw(outer, true);
  }

  #line(text: string): void {
    this.#erase();
    this.#output.write(`${escapeControls(text)}\n`);
  }

  #draw(name: string, always: boolean): void {
    const now = this.#now();
    if (this.#output.isTTY !== true || (!always && now - this.#drawnAt < redrawEvery)) return;
    const stage = this.#stages.get(name);
    if (stage === undefined) return;
    this.#erase();
    this.#output.write(
      escapeControls(describe(name, stage, now)).slice(0, Math.max(20, (this.#output.columns ?? 80) - 1)),
    );
    this.#drawn = true;
    this.#drawnAt = now;
  }

  #erase(): void {
    if (this.#drawn) this.#output.write('\r\u001b[K');
    this.#drawn = false;
  }
}

function describe(name: string, stage: Stage, now: number): string {
  const { done, total, unit, begun } = stage;
  if (done === 0 && total === undefined) return `${name} ...`;
  const seconds = (now - begun) / 1000;
  const of = total === undefined ? '' : ` of ${showAmount(total, unit)}`;
  const percent = total === undefined || total === 0 ? '' : ` ${Math.floor((100 * done) / total)} %`;
  const rate = seconds < 1 || done === 0 ? '' : `, ${showAmount(Math.round(done / seconds), unit)}/s`;
  return `${name} ...${percent} ${showAmount(done, unit)}${of}${rate}`;
}
