import type { KerasEdge, KerasNetwork } from "../../description/keras/network/keras-network.ts";

/** A tensor of a network: an output of one of its calls. */
export type TensorKey = string;

export function keyOf(edge: KerasEdge): TensorKey {
  return `${edge.call}:${edge.output}`;
}

/** The tensors of a network in the order in which TensorFlow.js computes them, and the number of readers of each. */
export interface RunOrder {
  readonly sorted: readonly KerasEdge[];
  readonly readers: ReadonlyMap<TensorKey, number>;
}

function visit(
  network: KerasNetwork,
  fetch: KerasEdge,
  fed: ReadonlySet<TensorKey>,
  readers: Map<TensorKey, Set<TensorKey>>,
): readonly KerasEdge[] {
  const visited = new Set(fed);
  const sorted: KerasEdge[] = [];
  const stack: KerasEdge[] = [fetch];
  const marks: number[] = [];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const key = keyOf(top);
    if (visited.has(key)) {
      stack.pop();
      continue;
    }
    const inputs = network.calls[top.call]?.inputs ?? [];
    const marked = marks.at(-1) === stack.length - 1;
    if (inputs.length === 0 || marked) {
      stack.pop();
      sorted.push(top);
      visited.add(key);
      if (marked) marks.pop();
      continue;
    }
    marks.push(stack.length - 1);
    for (const input of inputs) {
      const own = keyOf(input);
      const all = readers.get(own) ?? new Set();
      readers.set(own, all.add(key));
      if (!visited.has(own)) stack.push(input);
    }
  }
  return sorted;
}

const orders = new WeakMap<KerasNetwork, RunOrder>();

/**
 * Returns the order of tfjs-layers 4.22 (executor.ts): depth first from the outputs, the last input first. A layer with several
 * outputs is computed again for each one that is read.
 */
export function runOrder(network: KerasNetwork): RunOrder {
  const known = orders.get(network);
  if (known !== undefined) return known;
  const fed = new Set(network.inputs.map(keyOf));
  const readers = new Map<TensorKey, Set<TensorKey>>();
  const done = new Set<TensorKey>();
  const sorted = network.outputs.flatMap((fetch) =>
    visit(network, fetch, fed, readers).filter((edge) => {
      const first = !done.has(keyOf(edge));
      done.add(keyOf(edge));
      return first;
    }),
  );
  const order = {
    sorted,
    readers: new Map([...readers].map(([key, all]) => [key, all.size])),
  };
  orders.set(network, order);
  return order;
}
