"""Writes src/model/description/config/values/class-defaults.json: what config.json may leave out.

    python bench/peers/transformers_defaults.py

One class of transformers per line, under its `model_type`:
  values  settings and what the class fills in for them: integers, booleans, short words, and lists of integers or words
  names   other names of settings: the class reads the key as its own setting, the value
  parts   settings that hold a part, and the class of that part
Keeps only settings that the reader of config.json names in its own source. Needs transformers (requirements-activations.txt).
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

DESCRIPTION = pathlib.Path(__file__).parents[2] / "src" / "model" / "description"
TABLE = DESCRIPTION / "config" / "values" / "class-defaults.json"
# Folders whose quoted names may be settings of config.json.
READERS = ("config", "families")
# Settings that the reader knows, but whose default says nothing about the model.
NEVER = {"model_type", "dtype", "torch_dtype", "quantization_config", "architectures"}
GROUPS = (
    "MODEL_FOR_CAUSAL_LM_MAPPING_NAMES",
    "MODEL_FOR_MASKED_LM_MAPPING_NAMES",
    "MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES",
    "MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES",
    "MODEL_FOR_MULTIMODAL_LM_MAPPING_NAMES",
)
ADDITIONAL = ("clip_vision_model", "siglip_vision_model", "pixtral", "whisper", "clip", "siglip", "vit", "dinov2", "distilbert", "wav2vec2")


def named_settings() -> set[str]:
    """Returns the quoted names in the reader's own source files."""
    names = set()
    for path in (path for folder in READERS for path in (DESCRIPTION / folder).rglob("*.ts")):
        if ".test." in path.name or ".fixture." in path.name:
            continue
        names.update(re.findall(r'"([A-Za-z][A-Za-z0-9_]*)"', path.read_text()))
    return names - NEVER


def is_plain(value: object) -> bool:
    """Returns whether a default is short and plain enough for the table."""
    if isinstance(value, bool):
        return True
    if isinstance(value, int):
        return 0 <= value < 2**40
    if isinstance(value, str):
        return re.fullmatch(r"[A-Za-z0-9_*+-]{1,80}", value) is not None
    return isinstance(value, (list, tuple)) and 0 < len(value) <= 80 and all(type(each) in (int, str) for each in value)


def read_class(kind: type, names: set[str]) -> dict[str, dict[str, object]]:
    """Returns the row of one class; a field that would be empty is left out."""
    values = {key: value for key, value in sorted(kind.default_config_fields().items()) if key in names and is_plain(value)}
    aliases = {old: own for old, own in sorted((kind.attribute_map or {}).items()) if old in names or own in names}
    parts = {key: part.model_type for key, part in sorted((kind.sub_configs or {}).items()) if getattr(part, "model_type", "")}
    row = {"values": values, "names": aliases, "parts": parts}
    return {field: content for field, content in row.items() if content}


def main() -> None:
    names = named_settings()
    wanted = [name for group in GROUPS for name in getattr(modeling_auto, group)] + list(ADDITIONAL)
    classes: dict[str, dict[str, dict[str, object]]] = {}
    while wanted:
        name = wanted.pop()
        if name in classes or name not in CONFIG_MAPPING:
            continue
        try:
            row = read_class(CONFIG_MAPPING[name], names)
        except Exception:  # A class that cannot be built without its optional dependency has no row.
            continue
        classes[name] = row
        wanted.extend(row.get("parts", {}).values())
    write_table(classes)


def write_table(classes: dict[str, dict[str, dict[str, object]]]) -> None:
    """Writes one class per line, so that a change in transformers shows as one changed line."""
    rows = [f"    {json.dumps(name)}: {json.dumps(row)}" for name, row in sorted(classes.items())]
    version = json.dumps(transformers.__version__)
    TABLE.write_text(f'{{\n  "transformers": {version},\n  "classes": {{\n' + ",\n".join(rows) + "\n  }\n}\n")


main()
