/**
 * Types of the platform. A program may compile with the DOM's types, with Node's, or with neither: without them a declaration
 * that names `AbortSignal` or `WebAssembly` would not compile, so each falls back to the part that is used.
 */
export type PlatformSignal = typeof globalThis extends {
  readonly AbortSignal: { readonly prototype: infer Signal };
}
  ? Signal
  : { readonly aborted: boolean };

/** A compiled WebAssembly module. */
export type WasmModule = typeof globalThis extends {
  readonly WebAssembly: { readonly Module: { readonly prototype: infer Module } };
}
  ? Module
  : object;

/** A WebAssembly memory. */
export type WasmMemory = typeof globalThis extends {
  readonly WebAssembly: { readonly Memory: { readonly prototype: infer Memory } };
}
  ? Memory
  : { readonly buffer: ArrayBuffer };
