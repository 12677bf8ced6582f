/** Limit on the layers of a model. The largest published models have fewer than 200; more than this indicates a broken file. */
export const maxLayers = 4096;
