import type { ByteSource } from "../source/byte-source.ts";
import { fileFault, quoteName } from "../../../shared/file-fault.ts";
import { HeaderCursor } from "../header/header-cursor.ts";
import type { FileTensor, ModelFile } from "../header/model-file.ts";
import { maxNameBytes, OnnxTensorReader } from "./onnx-tensor.ts";
import { fieldText, type MessageReader, type ProtobufField, walkMessage } from "./protobuf.ts";

type OnnxFile = Extract<ModelFile, { readonly format: "onnx" }>;

/** Most tensors; published graphs have under 20,000. */
const maxTensors = 32_768;

/** Collects the tensors of a model: initializers of its graph, and those within nodes, by the path to them. */
class OnnxTensors {
  readonly found: FileTensor[] = [];
  private readonly cursor: HeaderCursor;

  constructor(cursor: HeaderCursor) {
    this.cursor = cursor;
  }

  private add(tensor: FileTensor, start: number): void {
    if (this.found.length >= maxTensors) throw this.cursor.fault(`more than ${maxTensors} tensors`, start);
    this.found.push(tensor);
  }

  /** A tensor by the name it has, or the one that it is given where it has none. */
  private tensor(path: string, name = ""): MessageReader {
    return new OnnxTensorReader(this.cursor, (tensor, start) => {
      this.add({ ...tensor, name: path + (tensor.name === "" ? name : tensor.name) }, start);
    });
  }

  /** Values that are not zero, and where they are. */
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

  /** GraphProto: the model's own, or one that a node runs. */
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
            throw this.cursor.fault(`the initializer ${quoteName(tensor.name)} is there twice`, start);
          names.add(tensor.name);
          this.add(path === "" ? tensor : { ...tensor, name: path + tensor.name }, start);
        });
      },
    };
  }

  /** NodeProto: its attributes may be tensors (constants) and graphs (branches, bodies of loops). */
  private node(path: string): MessageReader {
    let output = "node";
    return {
      field: (field) => {
        if (field.wire !== 2) return undefined;
        if (field.number === 2) output = fieldText(this.cursor, field, "a name", maxNameBytes);
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

  /** FunctionProto: nodes that others run by its name. */
  function(): MessageReader {
    return {
      field: ({ number, wire }: ProtobufField) => (number === 7 && wire === 2 ? this.node("") : undefined),
    };
  }
}

/**
 * Weights of an ONNX file: the initializers of its graph and of the graphs within nodes, constants, the values and places of
 * sparse ones; also those whose bytes lie in a file beside it. `offset` is the byte of the data in the file that holds them.
 * Throws `invalid-data` with the file and the byte.
 */
export async function readOnnx(source: ByteSource): Promise<OnnxFile> {
  if (source.byteLength === undefined)
    throw fileFault(source.name, "its length is not known, and without it the format cannot be walked");
  const cursor = new HeaderCursor(source, Number.MAX_SAFE_INTEGER);
  const tensors = new OnnxTensors(cursor);
  let producer: string | undefined;
  let graphs = 0;
  await walkMessage(cursor, source.byteLength, {
    field: (field) => {
      if (field.wire !== 2) return undefined;
      if (field.number === 2) producer = fieldText(cursor, field, "a producer's name", maxNameBytes);
      if (field.number === 25) return tensors.function();
      if (field.number !== 7) return undefined;
      graphs += 1;
      if (graphs > 1) throw cursor.fault("a second graph", field.start);
      return tensors.graph("");
    },
  });
  if (graphs === 0) throw fileFault(source.name, "has no graph: is it an ONNX file?");
  return {
    format: "onnx",
    name: source.name,
    tensors: tensors.found,
    producer,
    byteLength: source.byteLength,
  };
}
