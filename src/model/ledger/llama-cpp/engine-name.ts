/** The release whose rules these are: the source that node-llama-cpp 3.22.1 was built from. */
export const engineName = "llama.cpp v0.5.0";
