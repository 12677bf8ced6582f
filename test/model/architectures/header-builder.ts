import type { Header, HeaderTensor, HeaderValue } from "../write-gguf.ts";

/** Sizes that every model has. */
export interface CommonSizes {
  readonly layers: number;
  readonly width: number;
  readonly vocabulary: number;
  readonly context: number;
}

/** Collects the tensors of a header. Matrices are quantized if their rows allow it; vectors are f32. */
export class HeaderBuilder {
  readonly tensors: HeaderTensor[] = [];
  readonly settings: Record<string, HeaderValue> = {};
  readonly architecture: string;
  readonly sizes: CommonSizes;

  constructor(architecture: string, sizes: CommonSizes) {
    this.architecture = architecture;
    this.sizes = sizes;
    this.set({
      block_count: sizes.layers,
      embedding_length: sizes.width,
      context_length: sizes.context,
      vocab_size: sizes.vocabulary,
    });
  }

  set(settings: Readonly<Record<string, HeaderValue>>): void {
    for (const [key, value] of Object.entries(settings)) this.settings[`${this.architecture}.${key}`] = value;
  }

  add(name: string, ...shape: readonly number[]): void {
    const vector = shape.length === 1 || shape[0] === 1 || name.endsWith("ssm_a") || name.endsWith("ssm_d");
    const first = shape[0] ?? 1;
    const type =
      vector || name.includes("conv") || name.includes("router") ? "f32" : first % 256 === 0 ? "q4_k" : "f16";
    this.tensors.push({ name, shape, type });
  }

  layer(index: number, name: string, ...shape: readonly number[]): void {
    this.add(`blk.${index}.${name}`, ...shape);
  }

  /** Adds the embedding, the final norm, and the output matrix unless it is tied. */
  ends(options: { readonly tied?: boolean; readonly norm?: string; readonly bias?: boolean } = {}): void {
    const { width, vocabulary } = this.sizes;
    this.add("token_embd.weight", width, vocabulary);
    this.add(`${options.norm ?? "output_norm"}.weight`, width);
    if (options.bias === true) this.add(`${options.norm ?? "output_norm"}.bias`, width);
    if (options.tied !== true) this.add("output.weight", width, vocabulary);
  }

  done(): Header {
    return {
      metadata: {
        "general.architecture": this.architecture,
        "general.name": `${this.architecture} header`,
        "tokenizer.ggml.model": "none",
        ...this.settings,
      },
      tensors: this.tensors,
    };
  }
}
