/** A tensor as a file lists it. `type` is in lower case: f16, bf16, q4_k, i8. GGUF gives the innermost size first. */
export interface FileTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: string;
  readonly bytes: number;
  /** In bytes, from the start of the tensors' data. */
  readonly offset: number;
}

/** A setting of a file. Of a long array only the length is kept. */
export type FileValue =
  | number
  | string
  | boolean
  | readonly number[]
  | readonly boolean[]
  | readonly string[]
  | { readonly length: number };

/** The header of a model's file, by format. */
export type ModelFile =
  | {
      readonly format: "gguf";
      readonly name: string;
      readonly version: number;
      readonly parts: number;
      readonly alignment: number;
      readonly metadata: Readonly<Record<string, FileValue>>;
      readonly tensors: readonly FileTensor[];
      readonly byteLength: number | undefined;
    }
  | {
      readonly format: "safetensors";
      readonly name: string;
      readonly metadata: Readonly<Record<string, string>>;
      readonly tensors: readonly FileTensor[];
      /** config.json next to it; undefined where there is none. */
      readonly config: Readonly<Record<string, unknown>> | undefined;
      readonly parts: number;
      readonly byteLength: number | undefined;
    }
  | { readonly format: "config"; readonly name: string; readonly config: Readonly<Record<string, unknown>> }
  | {
      readonly format: "keras";
      readonly name: string;
      readonly topology: Readonly<Record<string, unknown>>;
      readonly weights: readonly FileTensor[];
    }
  | {
      readonly format: "onnx";
      readonly name: string;
      readonly tensors: readonly FileTensor[];
      readonly producer: string | undefined;
      readonly byteLength: number | undefined;
    };
