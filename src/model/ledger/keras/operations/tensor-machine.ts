import { LoadlineError } from "../../../../shared/errors.ts";
import { elementBytes, outputOf, findSharedBuffer } from "./held-tensor.ts";
import type { Data, ElementType, Held, Inputs, Output, Purpose } from "./held-tensor.ts";
import { findPaths } from "./tape.ts";
import type { Gradient, TapeNode } from "./tape.ts";

interface Scope {
  readonly id: number;
  readonly tensors: Held[];
}

/** The peak of a phase. */
export interface Peak {
  readonly bytes: number;
  /** Peak bytes of distinct buffers in the phase, which may be at another operation. */
  readonly bufferBytes: number;
  /** Number of the operation after which it occurred. */
  readonly operation: number;
}

/**
 * Operations that are simulated, and with them tensors: training an LSTM over 4,000 steps takes a million, and here some 300 MB
 * and seconds.
 */
const maxOperations = 1_000_000;

/**
 * TensorFlow.js' engine without values: tensors, tidy scopes, and the tape of a gradient, with the bytes that
 * `tf.memory().numBytes` counts after each operation. Rules of tfjs-core 4.22 (engine.ts, tape.ts): every tensor counts, views
 * of the same data too; what an operation's gradient needs is kept as a clone until the gradients are done.
 */
export class TensorMachine {
  bytes = 0;
  /** Bytes that count each buffer once, regardless of its views. */
  bufferBytes = 0;
  operations = 0;
  /** Empty before the run. */
  phase = "";
  /** Number of the last tensor made before the run began. */
  lastGiven = 0;
  purpose: Purpose = { kind: "activations", label: "" };
  readonly peaks: Map<string, Peak> = new Map();
  /** Operations at which TensorFlow.js fails, as sentences. Counts after one belong to a run that would have failed. */
  readonly faults: Set<string> = new Set();
  /** Called after each operation. */
  watch: ((machine: TensorMachine, operation: string) => void) | undefined;
  readonly live: Set<Held> = new Set();
  #ids = 0;
  #scopes: Scope[] = [];
  #scopeIds = 0;
  #tape: TapeNode[] = [];
  #gradientDepth = 0;
  #kernelDepth = 0;

  /** Whether gradients are recorded: operations are not fused then. */
  get isRecording(): boolean {
    return this.#gradientDepth > 0;
  }

  /** Makes a tensor from values, which does not count as an operation. */
  make(
    shape: readonly number[],
    type: ElementType = "float32",
    purpose: Purpose = this.purpose,
    viewed?: Data,
  ): Held {
    const bytes = shape.reduce((all, size) => all * size, elementBytes[type]);
    this.#ids++;
    const scope = this.#scopes.at(-1);
    const held: Held = {
      id: this.#ids,
      shape,
      type,
      bytes,
      purpose,
      scope: scope?.id,
      kept: false,
      disposed: false,
      data: viewed ?? { bytes, tensors: 0 },
    };
    this.#hold(held.data);
    scope?.tensors.push(held);
    this.bytes += bytes;
    this.live.add(held);
    return held;
  }

  /** Marks all tensors so far as held from before the run to its end. */
  markInitial(): void {
    this.lastGiven = this.#ids;
  }

  /** Begins a phase, whose operations and peak are counted. */
  begin(phase: string): void {
    this.phase = phase;
    this.operations = 0;
  }

  /** Checks, before any is made, that `more` operations or tensors stay within the limit. Errors: `invalid-data`. */
  expect(more: number): void {
    if (this.operations + more <= maxOperations) return;
    throw new LoadlineError(
      "invalid-data",
      `a run of this network takes more than ${maxOperations} operations of TensorFlow.js, too many to simulate. Try a shorter sequence`,
    );
  }

  /** Makes a tensor that stays: a weight, a state. */
  variable(shape: readonly number[], purpose: Purpose): Held {
    const held = this.make(shape, "float32", purpose);
    held.kept = true;
    return held;
  }

  #hold(data: Data): void {
    if (data.tensors === 0) this.bufferBytes += data.bytes;
    data.tensors++;
  }

  #release(data: Data): void {
    data.tensors--;
    if (data.tensors === 0) this.bufferBytes -= data.bytes;
  }

  /** Gives a variable the values of another tensor, and releases its own. */
  assign(variable: Held, value: Held): void {
    this.#release(variable.data);
    variable.data = value.data;
    this.#hold(value.data);
  }

  dispose(held: Held): void {
    if (held.disposed) return;
    held.disposed = true;
    this.bytes -= held.bytes;
    this.#release(held.data);
    this.live.delete(held);
    if (held.mask !== undefined) this.dispose(held.mask);
  }

  /** Runs `work` and disposes all that it made except its result. */
  tidy<Result extends Held | readonly (Held | undefined)[]>(work: () => Result): Result {
    this.#scopeIds++;
    const scope: Scope = { id: this.#scopeIds, tensors: [] };
    this.#scopes.push(scope);
    const result = work();
    const results = new Set<Held | undefined>("id" in result ? [result] : result);
    for (const held of scope.tensors) if (!held.kept && !results.has(held)) this.dispose(held);
    this.#scopes.pop();
    const outer = this.#scopes.at(-1);
    for (const held of results) {
      if (held === undefined || held.kept || held.scope !== scope.id) continue;
      held.scope = outer?.id;
      outer?.tensors.push(held);
    }
    return result;
  }

  /** Runs one operation with one output. */
  run(name: string, inputs: Inputs, { shape, type }: Output, gradient?: Gradient): Held {
    const [output] = this.runMany(name, inputs, { shapes: [shape], type }, gradient);
    return output as Held;
  }

  /** Runs one operation with several outputs. */
  runMany(
    name: string,
    inputs: Inputs,
    { shapes, type }: { readonly shapes: readonly (readonly number[])[]; readonly type: ElementType },
    gradient?: Gradient,
  ): readonly Held[] {
    const taping = this.#gradientDepth > 0 && this.#kernelDepth === 0;
    this.#kernelDepth++;
    const viewed = shapes.length === 1 ? findSharedBuffer(name, inputs, type) : undefined;
    const outputs = shapes.map((shape) => this.make(shape, type, this.purpose, viewed));
    const saved =
      taping && gradient !== undefined
        ? this.#save([...(gradient.save ?? []), ...(gradient.saveOutput === true ? outputs : [])])
        : [];
    this.#kernelDepth--;
    if (taping) this.#tape.push({ name, inputs, outputs, saved, gradient, purpose: this.purpose });
    this.#finish(name);
    return outputs;
  }

  /** Runs several operations that count as one for gradients. `work` returns the output, and saves what the gradient needs. */
  custom(inputs: Inputs, work: (save: (held: readonly Held[]) => void) => Held, gradient: Gradient): Held {
    const taping = this.#gradientDepth > 0 && this.#kernelDepth === 0;
    this.#kernelDepth++;
    let saved: readonly Held[] = [];
    const output = this.tidy(() =>
      work((held) => {
        if (taping) saved = this.#save(held);
      }),
    );
    this.#kernelDepth--;
    if (taping)
      this.#tape.push({ name: "custom", inputs, outputs: [output], saved, gradient, purpose: this.purpose });
    this.#finish("custom");
    return output;
  }

  #save(tensors: readonly Held[]): readonly Held[] {
    const before = this.purpose;
    return tensors.map((held) => {
      this.purpose = { kind: "activations", label: "kept for gradients" };
      const clone = this.run("Identity", { x: held }, outputOf(held.shape, held.type));
      this.purpose = before;
      clone.kept = true;
      return clone;
    });
  }

  #finish(name: string): void {
    this.operations++;
    this.expect(0);
    if (this.phase === "") return;
    const peak = this.peaks.get(this.phase);
    if (peak === undefined || this.bytes > peak.bytes || this.bufferBytes > peak.bufferBytes) {
      const fuller = peak === undefined || this.bytes > peak.bytes;
      this.peaks.set(this.phase, {
        bytes: fuller ? this.bytes : peak.bytes,
        operation: fuller ? this.operations : peak.operation,
        bufferBytes: Math.max(this.bufferBytes, peak?.bufferBytes ?? 0),
      });
    }
    this.watch?.(this, name);
  }

  /**
   * Runs `forward` with gradients recorded, then returns the gradients of its result with respect to `variables`, undefined for
   * those it does not depend on. `between` is called after the forward pass.
   */
  gradients(
    forward: () => Held,
    variables: readonly Held[],
    between: () => void,
  ): { readonly value: Held; readonly gradients: readonly (Held | undefined)[] } {
    if (this.#gradientDepth === 0) this.#tape = [];
    this.#gradientDepth++;
    const value = this.tidy(forward);
    this.#gradientDepth--;
    between();
    const nodes = findPaths(this.#tape, variables, value);
    const [, ...gradients] = this.tidy(() => {
      const found = this.#backward(nodes, value);
      const gradients = variables.map((variable) => found.get(variable.id));
      for (const node of this.#tape) for (const held of node.saved) this.dispose(held);
      this.#tape = [];
      return [value, ...gradients];
    });
    return { value, gradients };
  }

  #backward(nodes: readonly TapeNode[], value: Held): Map<number, Held> {
    const found = new Map<number, Held>([[value.id, this.make(value.shape)]]);
    for (const node of nodes.toReversed()) {
      this.purpose = { kind: "gradients", label: node.purpose.label };
      const dys = node.outputs.map((output) => found.get(output.id) ?? this.make(output.shape, output.type));
      const derived = node.gradient?.derive(dys, node.saved) ?? {};
      for (const [name, input] of Object.entries(node.inputs)) {
        const derive = derived[name];
        if (derive === undefined) {
          this.faults.add(`TensorFlow.js does not have the gradient of ${node.name}`);
          continue;
        }
        const gradient = this.tidy(derive);
        const before = found.get(input.id);
        if (before === undefined) {
          found.set(input.id, gradient);
          continue;
        }
        found.set(input.id, this.run("Add", { a: before, b: gradient }, outputOf(before.shape)));
        this.dispose(before);
      }
    }
    return found;
  }
}
