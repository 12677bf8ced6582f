import { expandInto, layerWeight, setting } from "../../ggml/build.ts";
import type { Build, LayerBuild } from "../../ggml/build.ts";
import {
  add,
  cast,
  concat,
  contiguous,
  flashAttention,
  getRows,
  matrixProduct,
  operation,
  permute,
  repeat,
  reshape,
  rope,
  scale,
  setRows,
  transpose,
  view,
} from "../../ggml/operations.ts";
import type { AttentionSources } from "../../ggml/operations.ts";
import { inputTensor, writeInto } from "../../ggml/tensor.ts";
import type { GraphTensor } from "../../ggml/tensor.ts";
import { applyNorm } from "../stream/norm.ts";
import { cacheTensor, rotateRows, storeKeys } from "./attention.ts";
import type { CacheInputs } from "./cache-inputs.ts";
import { project } from "./projections.ts";
import type { Projections } from "./projections.ts";

/** Sizes of MiniMax M3's sparse attention. A block is a range of positions. */
interface Sizes {
  /** Indexer heads: one per key-value head. */
  readonly groups: number;
  readonly indexWidth: number;
  readonly block: number;
  readonly positions: number;
  readonly blocks: number;
  readonly chosen: number;
  /** Tokens per stream. */
  readonly each: number;
}

/** Inputs of all sparse layers. */
export interface BlockInputs {
  readonly positions: GraphTensor;
  /** The cache of keys and values. */
  readonly cache: CacheInputs;
  /** Where new keys are written in the indexer's cache. */
  readonly keyIndices: GraphTensor;
  /** Bias on the score of each block: (blocks, tokens). */
  readonly bias: GraphTensor;
  /** Which positions each token sees: (positions, tokens). */
  readonly positionMask: GraphTensor;
  /** Cell of each position: (positions, streams). */
  readonly cellOfPosition: GraphTensor;
  /** The same as f32, to compute with; only for one token per stream. */
  readonly cellNumbers: GraphTensor | undefined;
  /** Block of each cell: (cells, streams); only for several tokens per stream. */
  readonly blockOfCell: GraphTensor | undefined;
  /** The cache's mask in f32; only for several tokens per stream. */
  readonly wideMask: GraphTensor | undefined;
}

/** Positions for which the engine reserves the graph; it grows with the cache (`get_n_pos`). */
const reservedPositions = 256;

function sizesOf(build: Build): Sizes {
  const { tokens, streams } = build.run;
  const block = setting(build, "attention.indexer.block_size") ?? 128;
  const blocks = Math.ceil(reservedPositions / block);
  return {
    groups: setting(build, "attention.indexer.head_count") ?? 1,
    indexWidth: setting(build, "attention.indexer.key_length") ?? 128,
    block,
    positions: blocks * block,
    blocks,
    chosen: Math.min(blocks, setting(build, "attention.indexer.top_k") ?? blocks),
    each: tokens / streams,
  };
}

/** Returns true if attention is sparse: only with flash attention and a separate cache per sequence. */
export function choosesBlocks(build: Build): boolean {
  const { flashAttention: flash, sequences, streams } = build.run;
  return flash && streams === sequences;
}

/** Makes the inputs of the sparse layers (llama.cpp v0.5.0, `minimax-m3.cpp`). */
export function blockInputs(build: Build, cache: CacheInputs, tokenPositions: GraphTensor): BlockInputs {
  const { tokens, streams, cells } = build.run;
  const { blocks, positions, each } = sizesOf(build);
  const single = each === 1;
  return {
    positions: tokenPositions,
    cache,
    keyIndices: inputTensor("i64", tokens),
    bias: inputTensor("f32", blocks, tokens),
    positionMask: inputTensor("f32", positions, tokens),
    cellOfPosition: inputTensor("i32", positions, streams),
    cellNumbers: single ? inputTensor("f32", positions, streams) : undefined,
    blockOfCell: single ? undefined : inputTensor("i32", cells, streams),
    wideMask: single ? undefined : cast(cache.mask, "f32"),
  };
}

function addInPlace(a: GraphTensor, b: GraphTensor): GraphTensor {
  return writeInto(a, "other", [a, b]);
}

/**
 * Fused attention in groups of heads (`build_attn_msa_fa`). query: (width, heads, tokens); result: (width × heads,
 * tokens).
 */
function attendInGroups({ query, key, value, mask }: AttentionSources, perGroup: number): GraphTensor {
  const [width, heads, tokens] = query.shape;
  const channels = key.shape[3];
  const rows = (heads * tokens) / (perGroup * channels);
  const q = permute(reshape(query, width, perGroup, channels, rows), [0, 2, 3, 1]);
  const output = permute(flashAttention({ query: q, key, value, mask }), [0, 1, 3, 2]);
  const whole = rows > 1 && channels > 1 ? contiguous(output) : output;
  return reshape(whole, width * heads, tokens);
}

/** A sparse layer's queries, those of its indexer, and the caches of both. */
interface Attended {
  readonly inputs: BlockInputs;
  readonly sizes: Sizes;
  readonly query: GraphTensor;
  readonly indexQuery: GraphTensor;
  readonly stores: { readonly index: GraphTensor; readonly key: GraphTensor; readonly value: GraphTensor };
}

/** Mask of the blocks that one stream's tokens read: (cells, tokens per stream, 1, groups). */
function blockMask({ inputs, sizes, indexQuery: query, stores }: Attended, cells: number): GraphTensor {
  const { groups, indexWidth, positions, blocks, chosen, each } = sizes;
  const q = view(query, [indexWidth, groups, each], [query.strides[1], query.strides[2]]);
  const k = view(stores.index, [indexWidth, cells], [stores.index.strides[2]]);
  const indices = view(inputs.cellOfPosition, [positions], []);
  const { positionMask, bias, blockOfCell, wideMask } = inputs;
  const mask = view(positionMask, [positions, 1, each], [positionMask.strides[1], positionMask.strides[1]]);
  const ofCell = view(blockOfCell as GraphTensor, [cells], []);
  const wide = wideMask as GraphTensor;
  const wideOwn = view(wide, [cells, each, 1], [wide.strides[1], wide.strides[3]]);
  const own = view(bias, [blocks, 1, each], [bias.strides[1], bias.strides[1]]);
  const products = matrixProduct(getRows(k, indices), reshape(q, indexWidth, groups * each));
  const scores = addInPlace(reshape(products, positions, groups, each), mask);
  const ranked = add(operation("f32", [blocks, groups, each], scores), own);
  const best = operation("i32", [chosen, groups, each], ranked);
  const hidden = repeat(cast(scale(own), "f16"), blocks, groups, each);
  const zeros = scale(cast(best, "f32"));
  const opened = setRows(
    reshape(hidden, 1, blocks, groups * each),
    reshape(zeros, 1, chosen, groups * each),
    reshape(best, chosen, groups * each),
  );
  const byGroup = contiguous(permute(reshape(opened, blocks, groups, each), [0, 2, 1, 3]));
  const turned = contiguous(transpose(reshape(byGroup, blocks, each * groups)));
  const byCell = contiguous(transpose(getRows(turned, ofCell)));
  const masked = addInPlace(reshape(byCell, cells, each, groups), wideOwn);
  return cast(reshape(masked, cells, each, 1, groups), "f16");
}

/** Attends from several tokens per stream: each stream by itself, over all its cells, with a mask of blocks. */
function attendManyTokens(build: Build, attended: Attended): GraphTensor {
  const { sizes, query, stores } = attended;
  const { streams, cells } = build.run;
  const [width, heads] = query.shape;
  const outputs = Array.from({ length: streams }, () => {
    const mask = blockMask(attended, cells);
    const own = view(query, [width, heads, sizes.each], [query.strides[1], query.strides[2]]);
    const part = (store: GraphTensor): GraphTensor => {
      const [n0, n1, n2] = store.shape;
      const one = view(store, [n0, n1, n2, 1], [store.strides[1], store.strides[2], store.strides[3]]);
      return permute(one, [0, 3, 1, 2]);
    };
    const sources = { query: own, key: part(stores.key), value: part(stores.value), mask };
    return attendInGroups(sources, heads / sizes.groups);
  });
  return outputs.reduce((all, output) => concat(all, output, 1));
}

/** Attends from one token per stream: gathers the cells of the chosen blocks. */
function attendSingleTokens(build: Build, attended: Attended): GraphTensor {
  const { inputs, sizes, query, indexQuery, stores } = attended;
  const { streams, cells, keyType, valueType } = build.run;
  const { groups, indexWidth, block, positions, blocks, chosen } = sizes;
  const [width, heads] = query.shape;
  const { index, key, value } = stores;
  const indexKeys = view(index, [indexWidth, cells, streams], [index.strides[2], index.strides[3]]);
  const gathered = getRows(indexKeys, inputs.cellOfPosition);
  const products = matrixProduct(
    reshape(gathered, indexWidth, positions, 1, streams),
    reshape(indexQuery, indexWidth, groups, 1, streams),
  );
  const scores = addInPlace(products, reshape(inputs.positionMask, positions, 1, 1, streams));
  const pooled = operation("f32", [blocks, groups, 1, streams], scores);
  const ranked = add(pooled, reshape(inputs.bias, blocks, 1, 1, streams));
  const best = operation("i32", [chosen, groups, 1, streams], ranked);
  const starts = reshape(scale(cast(best, "f32")), 1, chosen, groups, streams);
  const numbers = add(
    repeat(starts, block, chosen, groups, streams),
    reshape(operation("f32", [block]), block, 1, 1),
  );
  const count = block * chosen * groups;
  const indices = cast(reshape(numbers, count, streams), "i32");
  const cellRows = getRows(reshape(inputs.cellNumbers as GraphTensor, 1, positions, streams), indices);
  const rows = add(
    scale(reshape(cellRows, block, chosen, groups, streams)),
    reshape(operation("f32", [groups]), 1, 1, groups),
  );
  const rowIndices = cast(reshape(rows, count, streams), "i32");
  const flat = (store: GraphTensor): GraphTensor =>
    view(store, [width, groups * cells, streams], [store.strides[1], store.strides[3]]);
  const positionMask = reshape(inputs.positionMask, 1, positions, streams);
  const keys = getRows(flat(key), rowIndices);
  const values = getRows(flat(value), rowIndices);
  const maskRows = getRows(positionMask, indices);
  const fold = (part: GraphTensor, type: string): GraphTensor => {
    const wide = reshape(part, width, block * chosen, 1, groups * streams);
    return type === "f32" ? wide : cast(wide, "f16");
  };
  const k = fold(keys, keyType);
  const v = fold(values, valueType);
  const mask = cast(reshape(maskRows, block * chosen, 1, 1, groups * streams), "f16");
  return attendInGroups({ query, key: k, value: v, mask }, heads / groups);
}

/** Computes the indexer's queries or keys: (width, tokens) to (index width, heads, tokens). */
function indexPart(
  layer: LayerBuild,
  source: GraphTensor,
  positions: GraphTensor,
  { name, heads, width }: { readonly name: "q" | "k"; readonly heads: number; readonly width: number },
): GraphTensor {
  const product = project(layer, source, `indexer.${name}_proj`) ?? source;
  const shaped = reshape(product, width, heads, layer.run.tokens);
  const scaling = layerWeight(layer, `indexer.${name}_norm.weight`);
  return rope(applyNorm(shaped, "rms", scaling), positions);
}

/**
 * Computes attention over the blocks of positions that an indexer chooses, before the output projection (llama.cpp v0.5.0,
 * `minimax-m3.cpp`). source: (width, tokens); result: (width × heads, tokens).
 */
export function attendToBlocks(
  layer: LayerBuild,
  source: GraphTensor,
  heads: Projections,
  inputs: BlockInputs,
): GraphTensor {
  const { cache, positions } = inputs;
  const sizes = sizesOf(layer);
  const { streams, keyType, valueType, cells } = layer.run;
  const width = sizes.indexWidth;
  const indexQuery = indexPart(layer, source, positions, { name: "q", heads: sizes.groups, width });
  const indexKey = indexPart(layer, source, positions, { name: "k", heads: 1, width });
  const index = cacheTensor(keyType, sizes.indexWidth, 1, cells, streams);
  storeKeys(layer, index, indexKey, inputs.keyIndices);
  let { query, key, value } = heads;
  if (cache.keyRotation !== undefined) {
    query = rotateRows(query, cache.keyRotation);
    key = rotateRows(key, cache.keyRotation);
  }
  if (cache.valueRotation !== undefined) value = rotateRows(value, cache.valueRotation);
  for (const part of [query, key, value]) expandInto(layer, part);
  const keyStore = cacheTensor(keyType, key.shape[0], key.shape[1], cells, streams);
  const valueStore = cacheTensor(valueType, value.shape[0], value.shape[1], cells, streams);
  storeKeys(layer, keyStore, key, cache.keyIndices);
  storeKeys(layer, valueStore, value, cache.valueIndices);
  const stores = {
    index: view(index, [...index.shape], index.strides.slice(1)),
    key: view(keyStore, [...keyStore.shape], keyStore.strides.slice(1)),
    value: view(valueStore, [...valueStore.shape], valueStore.strides.slice(1)),
  };
  const attend = sizes.each === 1 ? attendSingleTokens : attendManyTokens;
  const output = attend(layer, { inputs, sizes, query, indexQuery, stores });
  return cache.valueRotation === undefined ? output : rotateRows(output, cache.valueRotation);
}
