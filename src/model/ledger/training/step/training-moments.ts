/** Bytes of the loss: kept until its backward pass, and added at the fullest moment of either pass. */
export interface LossParts {
  readonly kept: number;
  readonly forwardMoment: number;
  readonly backwardMoment: number;
  readonly logitsGradient: number;
}

/** What a step holds by layer and outside the layers. Bytes on one device. */
export interface StepParts {
  /** Kept from a layer's forward pass to its backward pass. */
  readonly kept: readonly number[];
  /** Recomputed at the start of the layer's backward pass. */
  readonly recomputed: readonly number[];
  /** Gradients of activations during the layer's backward pass, less what it has freed by then. */
  readonly working: readonly number[];
  /** Held in the middle of the layer's forward pass, in addition to what earlier layers keep. */
  readonly forwardWorking: readonly number[];
  /** Gradients of the layer's weights, which stay. */
  readonly gradients: readonly number[];
  readonly outputGradient: number;
  readonly embeddingGradient: number;
  /** True where the embedding's gradient is added to the output layer's. */
  readonly tied: boolean;
  readonly outside: number;
  /** The part of it that stays until the first layer's backward pass. */
  readonly before: number;
  /** The attention mask, where it stays until the last backward pass. */
  readonly mask: number;
  /** Casts of each layer's weights that live until the forward pass ends. */
  readonly casts: readonly number[];
  readonly loss: LossParts;
  /** True where gradients of earlier micro-steps are held all the time. */
  readonly accumulates: boolean;
  readonly optimizerInBackward: boolean;
}

/** What is held at one moment of a pass. */
export interface Moment {
  readonly name: string;
  readonly activations: number;
  readonly recomputed: number;
  readonly working: number;
  readonly casts: number;
  readonly gradients: number;
  readonly loss: number;
}

function sum(values: readonly number[]): number {
  return values.reduce((all, each) => all + each, 0);
}

/** Sums all gradients of the weights. */
export function allGradients(parts: StepParts): number {
  return sum(parts.gradients) + parts.outputGradient + parts.embeddingGradient;
}

function layerMoments(parts: StepParts): readonly Moment[] {
  const whole = allGradients(parts);
  let held = sum(parts.kept);
  let done = parts.outputGradient;
  const moments: Moment[] = [];
  for (let index = parts.kept.length - 1; index >= 0; index--) {
    const own = parts.gradients[index] ?? 0;
    done += own;
    moments.push({
      name: `in layer ${index}`,
      activations: parts.before + held,
      recomputed: parts.recomputed[index] ?? 0,
      working: (parts.working[index] ?? 0) + parts.mask,
      gradients: parts.optimizerInBackward ? own : parts.accumulates ? whole + own : done,
      casts: 0,
      loss: 0,
    });
    held -= parts.kept[index] ?? 0;
  }
  return moments;
}

/** Lists the moments of the forward pass that can be its fullest: the loss at the end, and the middle of a layer. */
export function forwardMoments(parts: StepParts): readonly Moment[] {
  const gradients = parts.accumulates ? allGradients(parts) : 0;
  let held = parts.before;
  let casts = 0;
  const shared = { recomputed: 0, gradients };
  const moments = parts.kept.map((kept, index): Moment => {
    const activations = held;
    held += kept;
    casts += parts.casts[index] ?? 0;
    const working = parts.forwardWorking[index] ?? 0;
    return { ...shared, name: `in layer ${index}`, activations, working, casts, loss: 0 };
  });
  const activations = parts.outside + sum(parts.kept);
  const loss = parts.loss.kept + parts.loss.forwardMoment;
  return [...moments, { ...shared, name: "at the loss", activations, working: 0, casts, loss }];
}

/**
 * Lists the moments of the backward pass that can be its fullest: the loss (everything kept, and the gradients of the logits),
 * the output layer, each layer (what is kept up to it, gradients from the last layer to it), and the embedding at the end.
 */
export function backwardMoments(parts: StepParts): readonly Moment[] {
  const whole = allGradients(parts);
  const before = parts.accumulates ? whole : 0;
  const all = parts.outside + sum(parts.kept);
  const base = { recomputed: 0, working: 0, casts: 0 };
  // A tied embedding has two gradients; their sum is a third tensor
  const last = parts.tied ? parts.outputGradient : parts.embeddingGradient;
  return [
    {
      ...base,
      name: "at the loss",
      activations: all,
      gradients: before,
      loss: parts.loss.kept + parts.loss.backwardMoment,
    },
    {
      ...base,
      name: "in the output layer",
      activations: all,
      gradients: before + parts.outputGradient,
      loss: parts.loss.logitsGradient,
    },
    ...layerMoments(parts),
    {
      ...base,
      name: "in the embedding",
      activations: 0,
      gradients: parts.optimizerInBackward
        ? last
        : whole + (parts.tied ? 2 : parts.accumulates ? 1 : 0) * last,
      loss: 0,
    },
  ];
}

/** Sums the bytes of a moment. */
export function momentBytes(moment: Moment): number {
  const { activations, recomputed, working, casts, gradients, loss } = moment;
  return activations + recomputed + working + casts + gradients + loss;
}

/** Returns the fullest moment. */
export function fullestMoment(moments: readonly Moment[]): Moment {
  const [first, ...rest] = moments;
  const none: Moment = {
    name: "",
    activations: 0,
    recomputed: 0,
    working: 0,
    casts: 0,
    gradients: 0,
    loss: 0,
  };
  return rest.reduce((most, each) => (momentBytes(each) > momentBytes(most) ? each : most), first ?? none);
}
