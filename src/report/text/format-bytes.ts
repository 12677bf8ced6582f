/** Formats bytes for people: 1,457,296 is 1.39 MiB. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const names = ["KiB", "MiB", "GiB", "TiB"];
  let value = bytes / 1024;
  let index = 0;
  while (value >= 1024 && index < names.length - 1) {
    value /= 1024;
    index++;
  }
  return `${value.toFixed(value < 10 ? 2 : 1)} ${names[index] ?? ""}`;
}

/** Formats bytes for an axis: 768 Ki, 1.5 Mi. */
export function formatShortBytes(bytes: number): string {
  const power = bytes < 1024 ? 0 : Math.min(4, Math.floor(Math.log2(bytes) / 10));
  return `${Number((bytes / 1024 ** power).toPrecision(3))}${["", " Ki", " Mi", " Gi", " Ti"][power] ?? ""}`;
}
