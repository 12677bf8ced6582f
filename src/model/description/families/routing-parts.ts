import type { RoutingRule } from "./traits.ts";

export const softmaxNormalized: RoutingRule = { gating: "softmax", normalized: true };
export const softmaxRaw: RoutingRule = { gating: "softmax", normalized: false };
export const softmaxAsSet: RoutingRule = { gating: "softmax", normalized: "as-set" };
export const sigmoidAsSet: RoutingRule = { gating: "sigmoid", normalized: "as-set" };
export const sigmoidNormalized: RoutingRule = { gating: "sigmoid", normalized: true };
