import type { Graph } from "../graph/graph.ts";
import { workOf } from "../graph/work.ts";

/** Bytes and work of a layer for one sample. */
export interface LayerCost {
  /** Bytes that the layer makes and the backward pass reads, its output included. */
  readonly keptBytes: number;
  /** Bytes of its output alone. */
  readonly outputBytes: number;
  /** Floating-point operations of its forward pass. */
  readonly work: number;
}

/** Computes the costs of the layers of a graph that keeps everything. */
export function layerCosts(graph: Graph, layers: number): readonly LayerCost[] {
  const readBack = new Set<number>();
  for (const operation of graph.step.slice(graph.forwardCount)) {
    for (const id of operation.reads) if (id !== undefined) readBack.add(id);
  }
  return Array.from({ length: layers }, (_, index) => {
    const operations = graph.step
      .slice(0, graph.forwardCount)
      .filter((each) => each.label === `layers.${index}`);
    const made = operations.flatMap((each) => each.writes.filter((id) => id !== undefined));
    const bytes = (id: number): number => {
      const tensor = graph.tensors[id];
      return tensor?.scope === "sample" ? tensor.elements * 4 : 0;
    };
    const output = made.length === 0 ? undefined : operations.at(-1)?.writes[0];
    return {
      keptBytes: made.filter((id) => readBack.has(id)).reduce((sum, id) => sum + bytes(id), 0),
      outputBytes: output === undefined ? 0 : bytes(output),
      work: operations.reduce((sum, each) => sum + workOf(each), 0),
    };
  });
}

/** Layers whose outputs are kept, the peak bytes of one sample, and the floating-point operations done twice. */
export interface RecomputeChoice {
  readonly keptLayers: readonly number[];
  readonly bytes: number;
  readonly work: number;
}

interface State {
  readonly kept: readonly number[];
  /** Outputs kept so far. */
  readonly held: number;
  /** Peak of what was held so far. */
  readonly peak: number;
  readonly work: number;
}

/** More states at one layer cost more time than they save bytes; networks of a few hundred layers stay exact. */
const maxStates = 400;

function dominates(a: State, b: State): boolean {
  return a.held <= b.held && a.peak <= b.peak && a.work <= b.work;
}

/** Keeps the states that no other state beats in all three. */
function keepUndominated(states: readonly State[]): readonly State[] {
  const sorted = states.toSorted((a, b) => a.peak - b.peak || a.work - b.work || a.held - b.held);
  const kept: State[] = [];
  for (const state of sorted) if (!kept.some((other) => dominates(other, state))) kept.push(state);
  return kept.slice(0, maxStates);
}

/**
 * Lists the choices of kept layers that no other choice beats in both bytes and work, by dynamic programming over the last kept
 * layer. Chen and others 2016 keep every nth layer; here segments differ in length, because layers differ in cost. During the
 * backward pass, a recomputed segment holds all of its own values in addition to the outputs kept before it.
 */
export function recomputeChoices(costs: readonly LayerCost[]): readonly RecomputeChoice[] {
  const count = costs.length;
  const after: State[][] = Array.from({ length: count + 1 }, () => []);
  after[0] = [{ kept: [], held: 0, peak: 0, work: 0 }];
  for (let first = 0; first < count; first++) {
    const states = keepUndominated(after[first] ?? []);
    let inner = 0;
    let work = 0;
    for (let end = first; end < count; end++) {
      const cost = costs[end];
      if (cost === undefined) break;
      inner += cost.keptBytes;
      work += cost.work;
      // A segment of one layer, or the last segment, still has its values.
      const again = end > first && end < count - 1;
      const held = end === first ? cost.keptBytes : cost.outputBytes;
      for (const state of states) {
        after[end + 1]?.push({
          kept: [...state.kept, end],
          held: state.held + held,
          peak: Math.max(state.peak, state.held + inner),
          work: state.work + (again ? work : 0),
        });
      }
    }
  }
  const ends = keepUndominated(after[count] ?? []).toSorted((a, b) => a.work - b.work || a.peak - b.peak);
  const choices: RecomputeChoice[] = [];
  for (const { kept, peak, work } of ends) {
    if (choices.some((other) => other.bytes <= peak)) continue;
    choices.push({ keptLayers: kept, bytes: peak, work });
  }
  return choices;
}
