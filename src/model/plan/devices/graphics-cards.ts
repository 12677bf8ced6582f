import type { DeviceRow } from "./device.ts";

const mib = 2 ** 20;
const gib = 2 ** 30;

const ampere = "NVIDIA Ampere GA102 GPU Architecture white paper, v2";
const ada = "NVIDIA Ada GPU Architecture white paper, v2.1";
const blackwell = "NVIDIA RTX Blackwell GPU Architecture white paper, v1";

/** Cards with memory of their own: what `nvidia-smi` shows as total where it is known. */
export const graphicsCards: readonly DeviceRow[] = [
  [
    "rtx3060",
    "GeForce RTX 3060 12 GB",
    "gpu",
    12288 * mib,
    360,
    25.3,
    32,
    "NVIDIA product page of the RTX 3060; FP16 with FP32 accumulation as twice FP32",
  ],
  ["rtx3090", "GeForce RTX 3090", "gpu", 24576 * mib, 936, 71, 32, ampere],
  ["rtx4060", "GeForce RTX 4060", "gpu", 8188 * mib, 272, 30.2, 16, ada],
  ["rtx4060ti-16", "GeForce RTX 4060 Ti 16 GB", "gpu", 16380 * mib, 288, 44.1, 16, ada],
  ["rtx4070", "GeForce RTX 4070", "gpu", 12282 * mib, 504, 58.3, 32, ada],
  ["rtx4080", "GeForce RTX 4080", "gpu", 16376 * mib, 716.8, 97.5, 32, ada],
  ["rtx4090", "GeForce RTX 4090", "gpu", 24564 * mib, 1008, 165.2, 32, ada],
  ["rtx5070", "GeForce RTX 5070", "gpu", 12227 * mib, 672, 61.7, 64, blackwell],
  ["rtx5070ti", "GeForce RTX 5070 Ti", "gpu", 16303 * mib, 896, 87.9, 64, blackwell],
  ["rtx5080", "GeForce RTX 5080", "gpu", 16303 * mib, 960, 112.6, 64, blackwell],
  ["rtx5090", "GeForce RTX 5090", "gpu", 32607 * mib, 1792, 209.5, 64, blackwell],
  ["rtxa6000", "RTX A6000", "gpu", 49140 * mib, 768, 154.8, 32, ampere],
  ["rtx6000ada", "RTX 6000 Ada", "gpu", 49140 * mib, 960, 182.1, 32, ada],
  ["t4", "Tesla T4", "gpu", 15360 * mib, 320, 65, 16, "NVIDIA T4 data sheet, 2019"],
  ["v100-16", "Tesla V100 16 GB", "gpu", 16384 * mib, 900, 125, 16, "NVIDIA V100 data sheet, 2020"],
  ["v100-32", "Tesla V100 32 GB", "gpu", 32768 * mib, 900, 125, 16, "NVIDIA V100 data sheet, 2020"],
  ["a10", "A10", "gpu", 23028 * mib, 600, 125, 32, "NVIDIA A10 data sheet, 2021"],
  ["a100-40", "A100 40 GB", "gpu", 40960 * mib, 1555, 312, 32, "NVIDIA A100 data sheet, 2021"],
  ["a100-80", "A100 80 GB (SXM)", "gpu", 81920 * mib, 2039, 312, 32, "NVIDIA A100 data sheet, 2021"],
  ["l4", "L4", "gpu", 23034 * mib, 300, 121, 32, "NVIDIA L4 data sheet, 2023"],
  ["l40s", "L40S", "gpu", 46068 * mib, 864, 362, 32, "NVIDIA L40S data sheet, 2023"],
  [
    "h100",
    "H100 80 GB (SXM)",
    "gpu",
    Math.round(79.19 * gib),
    3350,
    989,
    64,
    "NVIDIA H100 data sheet, 2023; memory as vLLM's start-up logs give it",
  ],
  [
    "h100-pcie",
    "H100 80 GB (PCIe)",
    "gpu",
    Math.round(79.19 * gib),
    2000,
    756,
    64,
    "NVIDIA H100 data sheet, 2023",
  ],
  ["h200", "H200 141 GB", "gpu", 143771 * mib, 4800, 989, 64, "NVIDIA H200 data sheet, 2024"],
  ["b200", "B200 180 GB", "gpu", 183359 * mib, 7700, 2250, 64, "NVIDIA HGX B200 data sheet, 2025"],
  ["mi300x", "Instinct MI300X", "gpu", 192 * gib, 5300, 1307, 64, "AMD Instinct MI300X data sheet, 2023"],
  ["rx7900xtx", "Radeon RX 7900 XTX", "gpu", 24 * gib, 960, 122.8, 32, "AMD product page of the RX 7900 XTX"],
];
