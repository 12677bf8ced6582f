/** A layer by the name of its factory and its settings; a layer within a layer likewise. */
export type Entry = readonly [kind: string, settings?: object];

/** A chain of layers over an input. */
export interface Case {
  readonly shape: readonly number[];
  readonly layers: readonly Entry[];
  readonly dtype?: string;
  /** Why TensorFlow.js cannot train it; undefined where it can. */
  readonly untrained?: string;
}

const image = [8, 10, 6];
const line = [9, 5];
/** Activation functions of TensorFlow.js' layers. */
export const activations: readonly string[] = [
  "linear",
  "relu",
  "elu",
  "selu",
  "sigmoid",
  "tanh",
  "softplus",
  "softsign",
  "softmax",
  "relu6",
  "hardSigmoid",
  "gelu",
  "gelu_new",
  "mish",
  "swish",
  "logSoftmax",
];
const before: Entry = ["conv2d", { filters: 4, kernelSize: 1 }];

function formatCases(dataFormat: string): readonly (readonly [string, Case])[] {
  const flat = dataFormat === "channelsFirst" ? [6, 8, 10] : image;
  const solid = dataFormat === "channelsFirst" ? [3, 6, 7, 8] : [6, 7, 8, 3];
  const one: Entry = ["conv2d", { filters: 4, kernelSize: 1, dataFormat }];
  const of = (
    kind: string,
    settings: object,
    first: Entry = one,
    shape: readonly number[] = flat,
  ): readonly [string, Case] => [
    `${kind} ${dataFormat}`,
    { shape, layers: [first, [kind, { dataFormat, ...settings }]] },
  ];
  const three: Entry = ["conv3d", { filters: 4, kernelSize: 1, dataFormat }];
  return [
    of("conv2d", { filters: 4, kernelSize: [3, 2], strides: 2, padding: "same", activation: "relu" }),
    of("conv3d", { filters: 4, kernelSize: 3, activation: "relu" }, three, solid),
    of("conv2dTranspose", { filters: 4, kernelSize: 3, strides: 2, padding: "same", activation: "relu" }),
    of("depthwiseConv2d", { kernelSize: 3, depthMultiplier: 2, activation: "relu" }),
    of("maxPooling2d", { poolSize: 3, strides: 2, padding: "same" }),
    of("averagePooling2d", { poolSize: 2 }),
    of("maxPooling3d", { poolSize: 2 }, three, solid),
    of("averagePooling3d", { poolSize: 2, padding: "same" }, three, solid),
    of("globalMaxPooling2d", {}),
    of("globalAveragePooling2d", {}),
    of("cropping2D", {
      cropping: [
        [1, 2],
        [0, 1],
      ],
    }),
    of("zeroPadding2d", {
      padding: [
        [1, 2],
        [0, 1],
      ],
    }),
    of("upSampling2d", { size: [2, 3] }),
    of("flatten", {}),
  ];
}

function recurrentCases(): readonly (readonly [string, Case])[] {
  return ["simpleRNN", "gru", "lstm"].flatMap((kind) =>
    [false, true].flatMap((returnSequences) =>
      [0, 0.5].map((dropout): readonly [string, Case] => [
        `${kind}${returnSequences ? " of all steps, backwards" : ""}, dropout ${dropout}`,
        {
          shape: line,
          layers: [
            [
              kind,
              { units: 4, returnSequences, goBackwards: returnSequences, dropout, recurrentDropout: dropout },
            ],
            ["dense", { units: 1 }],
          ],
        },
      ]),
    ),
  );
}

/** One or more networks of every kind of layer. */
export const cases: readonly (readonly [string, Case])[] = [
  ...activations.flatMap((activation): readonly (readonly [string, Case])[] => [
    [`dense ${activation}`, { shape: [7], layers: [["dense", { units: 4, activation }]] }],
    [`dense of lists ${activation}`, { shape: line, layers: [["dense", { units: 4, activation }]] }],
    [
      `conv2d ${activation}`,
      { shape: image, layers: [["conv2d", { filters: 4, kernelSize: 3, activation }]] },
    ],
  ]),
  ...formatCases("channelsLast"),
  ...formatCases("channelsFirst"),
  ...recurrentCases(),
  ...["concat", "sum", "ave", "mul"].map((mergeMode): readonly [string, Case] => [
    `bidirectional ${mergeMode}`,
    {
      shape: line,
      layers: [
        ["bidirectional", { layer: ["lstm", { units: 4, returnSequences: mergeMode !== "sum" }], mergeMode }],
      ],
    },
  ]),
  [
    "conv1d",
    {
      shape: line,
      layers: [
        ["conv1d", { filters: 4, kernelSize: 3, activation: "relu" }],
        ["conv1d", { filters: 3, kernelSize: 2, strides: 2, padding: "same", useBias: false }],
      ],
    },
  ],
  ...["maxPooling1d", "averagePooling1d", "globalMaxPooling1d", "globalAveragePooling1d"].map(
    (kind): readonly [string, Case] => [
      kind,
      {
        shape: line,
        layers: [
          ["conv1d", { filters: 4, kernelSize: 3 }],
          [kind, {}],
        ],
      },
    ],
  ),
  ...["maxPooling2d", "averagePooling2d"].map((kind): readonly [string, Case] => [
    `${kind} of single elements`,
    { shape: image, layers: [before, [kind, { poolSize: 1 }]] },
  ]),
  [
    "separableConv2d",
    { shape: image, layers: [["separableConv2d", { filters: 4, kernelSize: 3, activation: "relu" }]] },
  ],
  [
    "conv2d dilated",
    {
      shape: image,
      layers: [["conv2d", { filters: 4, kernelSize: 3, dilationRate: 2 }]],
      untrained: "dilation",
    },
  ],
  [
    "conv3dTranspose",
    {
      shape: [3, 4, 5, 2],
      layers: [["conv3dTranspose", { filters: 4, kernelSize: 3, strides: 2 }]],
      untrained: "gradient",
    },
  ],
  [
    "upSampling2d bilinear",
    {
      shape: image,
      layers: [before, ["upSampling2d", { interpolation: "bilinear" }]],
      untrained: "gradient",
    },
  ],
  ["embedding", { shape: [6], layers: [["embedding", { inputDim: 11, outputDim: 4 }]] }],
  [
    "embedding of whole numbers",
    {
      shape: [6],
      dtype: "int32",
      layers: [["embedding", { inputDim: 11, outputDim: 4 }], ["flatten"], ["dense", { units: 2 }]],
    },
  ],
  [
    "embedding with a mask",
    {
      shape: [6],
      layers: [
        ["embedding", { inputDim: 11, outputDim: 4, maskZero: true }],
        ["lstm", { units: 3 }],
      ],
    },
  ],
  [
    "masking",
    {
      shape: line,
      layers: [
        ["masking", {}],
        ["gru", { units: 3, returnSequences: true }],
        ["dense", { units: 2 }],
      ],
    },
  ],
  [
    "timeDistributed",
    { shape: line, layers: [["timeDistributed", { layer: ["dense", { units: 3, activation: "relu" }] }]] },
  ],
  ["rnn of a cell", { shape: line, layers: [["rnn", { cell: ["lstmCell", { units: 3 }] }]] }],
  [
    "rnn of three cells",
    {
      shape: line,
      layers: [
        [
          "rnn",
          {
            returnSequences: true,
            cell: [
              "stackedRNNCells",
              {
                cells: [
                  ["lstmCell", { units: 3 }],
                  ["gruCell", { units: 2 }],
                  ["simpleRNNCell", { units: 5 }],
                ],
              },
            ],
          },
        ],
      ],
    },
  ],
  [
    "convLstm2d",
    { shape: [4, 6, 7, 2], layers: [["convLstm2d", { filters: 3, kernelSize: 2, returnSequences: true }]] },
  ],
  [
    "convLstm2d with dropout",
    {
      shape: [4, 6, 7, 2],
      layers: [
        ["convLstm2d", { filters: 3, kernelSize: 2, padding: "same", dropout: 0.3, recurrentDropout: 0.2 }],
      ],
    },
  ],
  ...[image, line, [7]].flatMap((shape): readonly (readonly [string, Case])[] => [
    [`batchNormalization of ${shape.length + 1} dimensions`, { shape, layers: [["batchNormalization", {}]] }],
    [`layerNormalization of ${shape.length + 1} dimensions`, { shape, layers: [["layerNormalization", {}]] }],
    [
      `batchNormalization bare, of ${shape.length + 1}`,
      { shape, layers: [["batchNormalization", { scale: false, center: false }]], untrained: "scale" },
    ],
  ]),
  [
    "batchNormalization of rows",
    { shape: image, layers: [["batchNormalization", { axis: 1 }]], untrained: "axis" },
  ],
  ["layerNormalization of two axes", { shape: image, layers: [["layerNormalization", { axis: [2, 3] }]] }],
  ...(
    [
      ["prelu", {}],
      ["prelu", { sharedAxes: [1, 2] }],
      ["reLU", {}],
      ["reLU", { maxValue: 6 }],
      ["leakyReLU", {}],
      ["elu", {}],
      ["softmax", { axis: -1 }],
      ["softmax", { axis: [2, 3] }],
      ["activation", { activation: "tanh" }],
      ["activation", { activation: "linear" }],
      ["dropout", { rate: 0.4 }],
      ["dropout", { rate: 0 }],
      ["gaussianNoise", { stddev: 0.2 }],
      ["gaussianDropout", { rate: 0.2 }],
      ["alphaDropout", { rate: 0.2 }],
      ["rescaling", { scale: 2, offset: 1 }],
      ["reshape", { targetShape: [5, 64] }],
      ["permute", { dims: [3, 1, 2] }],
    ] as const
  ).map((entry): readonly [string, Case] => [
    `${entry[0]} ${JSON.stringify(entry[1])}`,
    { shape: image, layers: [before, entry] },
  ]),
  ["thresholdedReLU", { shape: image, layers: [before, ["thresholdedReLU", {}]], untrained: "gradient" }],
  [
    "centerCrop",
    { shape: image, layers: [before, ["centerCrop", { height: 4, width: 6 }]], untrained: "gradient" },
  ],
  [
    "repeatVector",
    {
      shape: [7],
      layers: [
        ["dense", { units: 4 }],
        ["repeatVector", { n: 3 }],
      ],
    },
  ],
  [
    "spatialDropout1d",
    {
      shape: line,
      layers: [
        ["dense", { units: 4 }],
        ["spatialDropout1d", { rate: 0.4 }],
      ],
    },
  ],
];
