/** The page's style: light and dark by the reader's setting, a palette that colour-blind readers can tell apart (Okabe and Ito). */
export const pageStyle: string = `
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #5b6570; --ground: #ffffff; --panel: #f5f7f9; --rule: #dde3e8;
  --c0: #0072b2; --c1: #7a7f85; --c2: #d55e00; --c3: #009e73; --c4: #cc79a7; --c5: #e69f00; --c6: #56b4e9; --c7: #8c6d31; --c8: #b0a000; --c9: #6a51a3; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8ecf0; --soft: #9aa5b0; --ground: #14181c; --panel: #1c2228; --rule: #323b44;
  --c0: #4aa8e0; --c1: #9aa1a8; --c2: #f08040; --c3: #35c79a; --c4: #e29cc4; --c5: #f0b840; --c6: #8fd0f5; --c7: #c0a060; --c8: #d8cc40; --c9: #a58fd8; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1080px; padding: 28px 20px 60px; background: var(--ground); color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", sans-serif; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 6px; overflow-wrap: anywhere; } h2 { font-size: 1.1rem; margin: 38px 0 4px; }
p { margin: 4px 0 12px; max-width: 75ch; } .soft { color: var(--soft); } .lead { font-size: 1.1rem; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(200px, 1fr)); gap: 12px; margin: 20px 0; }
.card { background: var(--panel); border: 1px solid var(--rule); border-top: 4px solid var(--colour); border-radius: 8px; padding: 12px 14px; }
.card h3 { margin: 0 0 6px; font-size: 0.95rem; font-weight: 600; } .card b { font-size: 1.5rem; display: block; font-variant-numeric: tabular-nums; } .card dl { margin: 6px 0 0; display: grid; grid-template-columns: 1fr auto; gap: 1px 8px; font-size: 0.88rem; }
.card dt { color: var(--soft); } .card dd { margin: 0; text-align: right; font-variant-numeric: tabular-nums; }
svg { width: 100%; height: auto; display: block; } .scroll { overflow-x: auto; } .scroll svg { min-width: 560px; }
.grid { stroke: var(--rule); } .tick { fill: var(--soft); font-size: 12px; } .line { fill: none; stroke-width: 2; } .area { stroke: none; opacity: 0.9; }
.limit { stroke: var(--ink); stroke-dasharray: 7 5; stroke-width: 1.5; } .mark { stroke: var(--ink); stroke-width: 2; } .column { fill: transparent; } .column:hover { fill: var(--ink); fill-opacity: 0.08; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 4px 0 0; padding: 0; font-size: 0.88rem; } .key { display: inline-block; width: 14px; height: 14px; border-radius: 3px; margin-right: 6px; vertical-align: -2px; background: var(--colour); } .key.dashed { height: 0; border-top: 2px dashed var(--ink); border-radius: 0; background: none; vertical-align: 4px; width: 20px; }
${Array.from({ length: 10 }, (_, index) => `.c${index} { --colour: var(--c${index}); } .line.c${index} { stroke: var(--c${index}); } .area.c${index} { fill: var(--c${index}); }`).join("\n")}
table { border-collapse: collapse; width: 100%; font-size: 0.88rem; } th, td { text-align: left; padding: 5px 10px 5px 0; border-bottom: 1px solid var(--rule); vertical-align: top; } th { color: var(--soft); font-weight: 600; } td:nth-child(3) { white-space: nowrap; } td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
summary { cursor: pointer; margin: 10px 0; }
@media print { body { max-width: none; } details { display: block; } .column { display: none; } }
`;
