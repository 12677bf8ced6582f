/**
 * The parts of d3 that the charts are composed of. They are development dependencies: the build bundles them into this
 * module (`npm run build`), so that an application installs none of them. No type of d3 appears in a public signature.
 */
export { max, range, ticks } from "d3-array";
export { scaleLinear, scaleLog } from "d3-scale";
export { area, curveStepAfter, line, stack } from "d3-shape";
export type { SeriesPoint } from "d3-shape";
