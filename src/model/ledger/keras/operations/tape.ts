import type { Held, Inputs, Purpose } from "./held-tensor.ts";

/** Gradients of an operation's inputs, each computed on demand. */
export type Derived = Readonly<Record<string, () => Held>>;

/** What an operation keeps for its gradient, and the gradient itself. */
export interface Gradient {
  readonly save?: readonly Held[];
  /** True if the outputs are kept too. */
  readonly saveOutput?: boolean;
  readonly derive: (dys: readonly Held[], saved: readonly Held[]) => Derived;
}

/** An operation recorded for gradients. */
export interface TapeNode {
  readonly name: string;
  readonly inputs: Inputs;
  readonly outputs: readonly Held[];
  readonly saved: readonly Held[];
  readonly gradient: Gradient | undefined;
  readonly purpose: Purpose;
}

/** Returns the nodes that lead from the variables to the value, each with the inputs that depend on a variable. */
export function findPaths(
  tape: readonly TapeNode[],
  variables: readonly Held[],
  value: Held,
): readonly TapeNode[] {
  const dependent = new Set(variables.map((variable) => variable.id));
  const reached = tape.map((node) => {
    const from = Object.values(node.inputs).some((input) => dependent.has(input.id));
    if (from) for (const output of node.outputs) dependent.add(output.id);
    return from;
  });
  const leading = new Set([value.id]);
  const kept: TapeNode[] = [];
  for (let index = tape.length - 1; index >= 0; index--) {
    const node = tape[index];
    if (node === undefined || !node.outputs.some((output) => leading.has(output.id))) continue;
    for (const input of Object.values(node.inputs)) leading.add(input.id);
    if (reached[index] !== true) continue;
    const inputs = Object.fromEntries(
      Object.entries(node.inputs).filter(([, input]) => dependent.has(input.id)),
    );
    kept.push({ ...node, inputs });
  }
  return kept.toReversed();
}
