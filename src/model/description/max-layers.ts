/** Most layers a model is read with; more is taken for a broken file (the largest published have fewer than 200). */
export const maxLayers = 4096;
