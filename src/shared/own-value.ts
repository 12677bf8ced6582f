/** Returns a table's value by a name from outside; undefined for names that every object inherits ("constructor"). */
export function ownValue<Value>(table: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
