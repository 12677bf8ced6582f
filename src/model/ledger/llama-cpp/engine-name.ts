/** The release that these rules follow: node-llama-cpp 3.22.1 was built from its source. */
export const engineName = "llama.cpp v0.5.0";
