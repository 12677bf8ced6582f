import { madd, sumLanes } from "./arithmetic";

/** Runs 12 x `count` vector multiply-adds that do not wait for memory: the peak that the products are compared with. */
export function multiplyAddPeak(at: usize, count: u32): f32 {
  const x = v128.load(at);
  const y = v128.load(at, 16);
  let a = v128.load(at, 32);
  let b = a;
  let c = a;
  let d = a;
  let e = a;
  let f = a;
  let g = a;
  let h = a;
  let i = a;
  let j = a;
  let k = a;
  let l = a;
  for (let n: u32 = 0; n < count; n++) {
    a = madd(x, y, a);
    b = madd(x, y, b);
    c = madd(x, y, c);
    d = madd(x, y, d);
    e = madd(x, y, e);
    f = madd(x, y, f);
    g = madd(x, y, g);
    h = madd(x, y, h);
    i = madd(x, y, i);
    j = madd(x, y, j);
    k = madd(x, y, k);
    l = madd(x, y, l);
  }
  return (
    sumLanes(a) +
    sumLanes(b) +
    sumLanes(c) +
    sumLanes(d) +
    sumLanes(e) +
    sumLanes(f) +
    sumLanes(g) +
    sumLanes(h) +
    sumLanes(i) +
    sumLanes(j) +
    sumLanes(k) +
    sumLanes(l)
  );
}
