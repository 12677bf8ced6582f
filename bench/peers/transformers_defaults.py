"""What config.json may leave out: writes src/model/spec/config/class-defaults-*.ts.

    python bench/peers/transformers_defaults.py

Only settings that src/model/spec/config names are kept, and only whole numbers, truth values, short words and lists of them.
`old>own` says that a class reads the setting `old` as its `own`. Needs transformers (requirements-activations.txt).
"""

import json
import pathlib
import re
import warnings

warnings.filterwarnings("ignore")

import transformers
from transformers.models.auto import modeling_auto
from transformers.models.auto.configuration_auto import CONFIG_MAPPING

transformers.logging.set_verbosity(50)

READER = pathlib.Path(__file__).parents[2] / "src" / "model" / "spec" / "config"
# keys that are read, but say nothing where the file is silent
NEVER = {"model_type", "dtype", "torch_dtype", "quantization_config", "architectures"}
GROUPS = (
    "MODEL_FOR_CAUSAL_LM_MAPPING_NAMES",
    "MODEL_FOR_MASKED_LM_MAPPING_NAMES",
    "MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES",
    "MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES",
    "MODEL_FOR_MULTIMODAL_LM_MAPPING_NAMES",
)
BESIDE = ("clip_vision_model", "siglip_vision_model", "pixtral", "whisper", "clip", "siglip", "vit", "dinov2", "distilbert", "wav2vec2")


def named_settings() -> set[str]:
    """Quoted names in the reader's own files."""
    names = set()
    for path in READER.rglob("*.ts"):
        if path.name.startswith("class-defaults") or ".test." in path.name or ".fixture." in path.name:
            continue
        names.update(re.findall(r'"([A-Za-z][A-Za-z0-9_]*)"', path.read_text()))
    return names - NEVER


def written(value: object) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and 0 <= value < 2**40:
        return str(value)
    if isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9_*+-]{1,80}", value):
        return json.dumps(value)
    if isinstance(value, (list, tuple)) and 0 < len(value) <= 80 and all(type(each) in (int, str) for each in value):
        return json.dumps(list(value), separators=(",", ":"))
    return None


def of_class(kind: type, names: set[str]) -> tuple[str, dict[str, str]]:
    words = []
    defaults = kind.default_config_fields()
    for key, value in sorted(defaults.items()):
        text = written(value)
        if key in names and text is not None:
            words.append(f"{key}={text}")
    for old, own in sorted((kind.attribute_map or {}).items()):
        if old in names or own in names:
            words.append(f"{old}>{own}")
    parts = {key: part.model_type for key, part in (kind.sub_configs or {}).items() if getattr(part, "model_type", "")}
    return " ".join(words), parts


def main() -> None:
    names = named_settings()
    wanted = [name for group in GROUPS for name in getattr(modeling_auto, group)] + list(BESIDE)
    lines: dict[str, str] = {}
    while wanted:
        name = wanted.pop()
        if name in lines or name not in CONFIG_MAPPING:
            continue
        try:
            line, parts = of_class(CONFIG_MAPPING[name], names)
        except Exception:  # a class that cannot be looked at has no line
            continue
        lines[name] = " ".join([line, *(f"{key}:{part}" for key, part in sorted(parts.items()))]).strip()
        wanted.extend(parts.values())
    write("a-to-h", {name: line for name, line in lines.items() if name[0] < "i"})
    write("i-to-z", {name: line for name, line in lines.items() if name[0] >= "i"})


def write(letters: str, lines: dict[str, str]) -> None:
    """One class a line: a file of the project has at most 300."""
    rows = [
        "/**",
        f" * Settings that the classes of transformers {transformers.__version__} fill in where config.json is silent, {letters.replace('-', ' ')}:",
        " * the class, then `setting=value`; `old>own` for another name of a setting, `part:class` for a part of its own.",
        " * Written by bench/peers/transformers_defaults.py.",
        " */",
        f"export const defaults{''.join(word.capitalize() for word in letters.split('-'))}: readonly string[] = [",
    ]
    for name, line in sorted(lines.items()):
        text = f"{name} {line}".strip()
        rows.append("  " + ("'" + text + "'" if '"' in text else json.dumps(text)) + ",")
    (READER / f"class-defaults-{letters}.ts").write_text("\n".join([*rows, "];", ""]))


main()
