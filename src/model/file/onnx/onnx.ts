import type { ByteSource } from "../source/byte-source.ts";
import { fileFault, quoteName } from "../../../shared/file-fault.ts";
import { HeaderCursor } from "../header/header-cursor.ts";
import type { FileTensor, ModelFile } from "../header/model-file.ts";
import { maxNameBytes, OnnxTensorReader } from "./onnx-tensor.ts";
import { readText, walkMessage } from "./protobuf.ts";
import type { MessageReader, ProtobufField } from "./protobuf.ts";

type OnnxFile = Extract<ModelFile, { readonly format: "onnx" }>;

/** Tensors of a file: published graphs have under 20,000. */
const maxTensors = 32_768;

/** Collects the tensors of a model: initializers of its graph, and those inside nodes, named by the path to them. */
class OnnxTensors {
  readonly found: FileTensor[] = [];
  private readonly cursor: HeaderCursor;

  constructor(cursor: HeaderCursor) {
    this.cursor = cursor;
  }

  private add(tensor: FileTensor, start: number): void {
    if (this.found.length >= maxTensors)
      throw this.cursor.fault(`got more than ${maxTensors} tensors, allowed: up to ${maxTensors}`, start);
    this.found.push(tensor);
  }

  /** Reads a tensor; `name` is for one without a name of its own. */
  private tensor(path: string, name = ""): MessageReader {
    return new OnnxTensorReader(this.cursor, (tensor, start) => {
      this.add({ ...tensor, name: path + (tensor.name === "" ? name : tensor.name) }, start);
    });
  }

  /** Reads a sparse tensor: its nonzero values and their indices. */
  private sparse(path: string, name = "sparse"): MessageReader {
    return {
      field: ({ number, wire }) =>
        wire !== 2 || number > 2
          ? undefined
          : number === 1
            ? this.tensor(path, name)
            : this.tensor(path, `${name} indices`),
    };
  }

  /** Reads a GraphProto: the model's own, or one that a node runs. */
  graph(path: string): MessageReader {
    const names = new Set<string>();
    return {
      field: ({ number, wire }) => {
        if (wire !== 2) return undefined;
        if (number === 1) return this.node(path);
        if (number === 15) return this.sparse(path);
        if (number !== 5) return undefined;
        return new OnnxTensorReader(this.cursor, (tensor, start) => {
          if (names.has(tensor.name))
            throw this.cursor.fault(`duplicate initializer ${quoteName(tensor.name)}`, start);
          names.add(tensor.name);
          this.add(path === "" ? tensor : { ...tensor, name: path + tensor.name }, start);
        });
      },
    };
  }

  /** Reads a NodeProto, whose attributes may be tensors (constants) and graphs (branches, bodies of loops). */
  private node(path: string): MessageReader {
    let output = "node";
    return {
      field: (field) => {
        if (field.wire !== 2) return undefined;
        if (field.number === 2) output = readText(this.cursor, field, "a name", maxNameBytes);
        return field.number === 5 ? this.attribute(path, output) : undefined;
      },
    };
  }

  private attribute(path: string, output: string): MessageReader {
    return {
      field: ({ number, wire }) => {
        if (wire !== 2) return undefined;
        if (number === 5 || number === 10) return this.tensor(path, output);
        if (number === 6 || number === 11) return this.graph(`${path}${output}/`);
        return number === 22 || number === 23 ? this.sparse(path, output) : undefined;
      },
    };
  }

  /** Reads a FunctionProto: nodes that others run by its name. */
  function(): MessageReader {
    return {
      field: ({ number, wire }: ProtobufField) => (number === 7 && wire === 2 ? this.node("") : undefined),
    };
  }
}

/**
 * Reads the weights of an ONNX file: initializers of its graph and of graphs inside nodes, constants, values and indices of
 * sparse tensors, also those with data in another file. `offset` is the byte of the data in the file that holds them.
 * Errors: `invalid-data` with the file and the byte.
 */
export async function readOnnx(source: ByteSource): Promise<OnnxFile> {
  if (source.byteLength === undefined)
    throw fileFault(
      source.name,
      "its length is unknown, and the format cannot be read without it. Download the file first",
    );
  const cursor = new HeaderCursor(source, Number.MAX_SAFE_INTEGER);
  const tensors = new OnnxTensors(cursor);
  let producer: string | undefined;
  let graphs = 0;
  await walkMessage(cursor, source.byteLength, {
    field: (field) => {
      if (field.wire !== 2) return undefined;
      if (field.number === 2) producer = readText(cursor, field, "a producer's name", maxNameBytes);
      if (field.number === 25) return tensors.function();
      if (field.number !== 7) return undefined;
      graphs++;
      if (graphs > 1) throw cursor.fault("got a second graph, allowed: one", field.start);
      return tensors.graph("");
    },
  });
  if (graphs === 0) throw fileFault(source.name, "has no graph. Check that it is an ONNX file");
  return {
    format: "onnx",
    name: source.name,
    tensors: tensors.found,
    producer,
    byteLength: source.byteLength,
  };
}
