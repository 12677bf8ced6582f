// Writes the unrolled register blocks of the matrix products. AssemblyScript has neither arrays of vectors nor macros: what is
// to stay in registers must be local variables with names of their own, so each number of rows is a function of its own.

const repeat = (count: number, write: (index: number) => readonly string[]): readonly string[] =>
  Array.from({ length: count }, (_, index) => write(index)).flat();

/** `row * rowStride`, as an expression that the loop does not have to multiply. */
function rowOffset(row: number): string {
  return row === 0 ? "" : row === 1 ? " + rowStride" : ` + row${row}`;
}

const rowSums = (rows: number): readonly string[] =>
  repeat(rows, (row) => [`  let low${row} = splat(0);`, `  let high${row} = splat(0);`]);

const rowOffsets = (rows: number): readonly string[] =>
  repeat(rows, (row) => (row < 2 ? [] : [`  const row${row} = rowStride * ${row};`]));

/** Adds one number of each row of a times eight numbers of a row of b. */
const rowProducts = (rows: number, a: string): readonly string[] =>
  repeat(rows, (row) => [
    `    const x${row} = v128.load32_splat(${a}${rowOffset(row)});`,
    `    low${row} = madd(x${row}, left, low${row});`,
    `    high${row} = madd(x${row}, right, high${row});`,
  ]);

/** Stores the sums as they are, or ends each row by the epilogue. */
function finishRows(rows: number): readonly string[] {
  const next = (row: number, indent: string): readonly string[] =>
    row + 1 < rows ? [`${indent}c += cStride;`] : [];
  return [
    "  if (isPlain() && columns >= 8) {",
    ...repeat(rows, (row) => [
      `    v128.store(c, low${row});`,
      `    v128.store(c, high${row}, 16);`,
      ...next(row, "    "),
    ]),
    "    return;",
    "  }",
    ...repeat(rows, (row) => [`  finishRow(low${row}, high${row}, c, bias, columns);`, ...next(row, "  ")]),
    "}",
  ];
}

function parameters(names: readonly string[]): readonly string[] {
  const types: Readonly<Record<string, string>> = { steps: "u32", count: "u32", columns: "i32" };
  return names.map((name) => `  ${name}: ${types[name] ?? "usize"},`);
}

/** c[rows, 8] = a[rows, steps] b[steps, 8]. */
function denseBlock(rows: number): readonly string[] {
  const names = "a rowStride stepStride b bStride c cStride steps bias columns".split(" ");
  return [
    `/** c = a b. a: (${rows}, steps), b: (steps, 8), c: (${rows}, 8), of which \`columns\` are stored. */`,
    `function block${rows}(`,
    ...parameters(names),
    "): void {",
    ...rowSums(rows),
    ...rowOffsets(rows),
    "  for (let step: u32 = 0; step < steps; step++) {",
    "    const left = v128.load(b);",
    "    const right = v128.load(b, 16);",
    ...rowProducts(rows, "a"),
    "    a += stepStride;",
    "    b += bStride;",
    "  }",
    ...finishRows(rows),
  ];
}

/** Lists the steps at which any row of a is not zero. */
function stepLister(rows: number): readonly string[] {
  const loads = repeat(rows, (row) => [
    row === 0 ? "" : row === 1 ? " + rowStride" : ` + rowStride * ${row}`,
  ]);
  return [
    `/** Lists the steps, as byte offsets in a and in b, at which any of ${rows} rows is not zero; returns their number. */`,
    `function list${rows}(list: usize, a: usize, rowStride: usize, stepStride: usize, bStride: usize, steps: u32): u32 {`,
    "  let count: u32 = 0;",
    "  let atA: usize = 0;",
    "  let atB: usize = 0;",
    "  for (let step: u32 = 0; step < steps; step++) {",
    "    const any =",
    ...loads.map((offset, row) => `      load<u32>(a + atA${offset})${row + 1 < rows ? " |" : ";"}`),
    "    // Always written; only the count decides whether it is kept, so there is no branch.",
    "    store<u32>(list + (count << 3), <u32>atA);",
    "    store<u32>(list + (count << 3), <u32>atB, 4);",
    "    // Shifts the sign out, so that -0 is a zero.",
    "    count += <u32>((any << 1) != 0);",
    "    atA += stepStride;",
    "    atB += bStride;",
    "  }",
    "  return count;",
    "}",
  ];
}

/** As the dense block, over the listed steps alone. */
function sparseBlock(rows: number): readonly string[] {
  const names = "list count a rowStride b c cStride bias columns".split(" ");
  return [
    ...stepLister(rows),
    "",
    `/** c = a b over the \`count\` listed steps. a: (${rows}, steps), b: (steps, 8), c: (${rows}, 8), of which \`columns\` are stored. */`,
    `function block${rows}(`,
    ...parameters(names),
    "): void {",
    ...rowSums(rows),
    ...rowOffsets(rows),
    "  const end = list + (count << 3);",
    "  for (let entry = list; entry < end; entry += 8) {",
    "    const from = a + load<u32>(entry);",
    "    const place = b + load<u32>(entry, 4);",
    "    const left = v128.load(place);",
    "    const right = v128.load(place, 16);",
    ...rowProducts(rows, "from"),
    "  }",
    ...finishRows(rows),
  ];
}

/** c[rows, 4] = a[rows, steps] b[4, steps]^T. */
function writeTransposedBlock(rows: number): readonly string[] {
  const each = (write: (row: number) => string): readonly string[] => repeat(rows, (row) => [write(row)]);
  const names = "a aStride b0 b1 b2 b3 c cStride steps columns".split(" ");
  const products = (load: (address: string) => string): readonly string[] => [
    ...each((row) => `    const x${row} = ${load(`a${row === 0 ? "" : row} + at`)};`),
    ...repeat(4, (column) => [
      `    const y${column} = ${load(`b${column} + at`)};`,
      ...each((row) => `    s${row}${column} = madd(x${row}, y${column}, s${row}${column});`),
    ]),
  ];
  return [
    `/** c = a b^T. a: (${rows}, steps), b0 to b3: (steps), c: (${rows}, 4), of which \`columns\` are stored. */`,
    `function block${rows}(`,
    ...parameters(names),
    "): void {",
    ...repeat(rows, (row) => repeat(4, (column) => [`  let s${row}${column} = splat(0);`])),
    ...(rows > 1 ? ["  const a1 = a + aStride;"] : []),
    "  const whole = steps & ~3;",
    "  const end = whole << 2;",
    "  let at: usize = 0;",
    "  for (; at < end; at += 16) {",
    ...products((address) => `v128.load(${address})`),
    "  }",
    "  if (whole != steps) {",
    "    // Zeroes the lanes past the end on both sides: the bytes there may be anything, even NaN.",
    "    const mask = laneMask(steps - whole);",
    ...products((address) => `v128.and(mask, v128.load(${address}))`),
    "  }",
    ...each((row) => {
      const sums = repeat(4, (column) => [`s${row}${column}`]).join(", ");
      return `  finish(sumFour(${sums}), c${row === 0 ? "" : " + cStride"}, 0, columns);`;
    }),
    "}",
  ];
}

/** A file with unrolled blocks. */
type BlockFile = "product.ts" | "product-sparse.ts" | "product-transposed.ts";

interface FileBlocks {
  readonly write: (rows: number) => readonly string[];
  /** Rows of each block, in their order. */
  readonly rows: readonly number[];
}

const blocks: Readonly<Record<BlockFile, FileBlocks>> = {
  "product.ts": { write: denseBlock, rows: [6, 4, 2, 1] },
  "product-sparse.ts": { write: sparseBlock, rows: [6, 4] },
  "product-transposed.ts": { write: writeTransposedBlock, rows: [2, 1] },
};

/** The files with unrolled blocks. */
export const blockFiles: readonly BlockFile[] = ["product.ts", "product-sparse.ts", "product-transposed.ts"];

const begin = "// Unrolled blocks, written by test/kernels/register-blocks.ts (npm run kernels).";
const end = "// End of the unrolled blocks.";

/** Returns a file's text with its unrolled blocks written again. */
export function writeBlocks(file: BlockFile, text: string): string {
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`${file}: the marks of the unrolled blocks are missing`);
  const { write, rows } = blocks[file];
  const written = rows.map((count) => write(count).join("\n")).join("\n\n");
  return `${text.slice(0, from)}${begin}\n\n${written}\n\n${text.slice(to)}`;
}
