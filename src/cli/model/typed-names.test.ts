import { expect, test } from "vitest";
import { LoadlineError } from "../../shared/errors.ts";
import { inTypedNames } from "./typed-names.ts";

async function catchRefusal(
  given: Readonly<Record<string, string>>,
  message: string,
  option: string,
): Promise<unknown> {
  const fault = new LoadlineError("invalid-option", message, { details: { option, got: "q9" } });
  return await inTypedNames(given, () => Promise.reject(fault)).catch((error: unknown) => error);
}

test("names an option by the flag that was typed, in the message and in its details", async () => {
  expect(await catchRefusal({ "kv-type": "q9" }, "keyType: got q9", "keyType")).toMatchObject({
    message: "--kv-type: got q9",
    details: { option: "--kv-type", got: "q9" },
  });
  expect(await catchRefusal({ "key-type": "q9" }, "keyType: got q9", "keyType")).toMatchObject({
    message: "--key-type: got q9",
    details: { option: "--key-type" },
  });
});

test("takes the option from the details, whatever the message begins with", async () => {
  expect(await catchRefusal({}, "draft is not supported by vllm", "draft")).toMatchObject({
    message: "--draft is not supported by vllm",
  });
  expect(await catchRefusal({ engine: "vllm" }, "model.onnx cannot be prompted", "engine")).toMatchObject({
    message: "--engine: model.onnx cannot be prompted",
  });
});

test("leaves other errors as they are", async () => {
  expect(await catchRefusal({}, "nonsense: got q9", "constructor")).toMatchObject({
    message: "nonsense: got q9",
  });
  const fault = new LoadlineError("not-found", "no such file", { details: { option: "device" } });
  await expect(inTypedNames({}, () => Promise.reject(fault))).rejects.toBe(fault);
});
