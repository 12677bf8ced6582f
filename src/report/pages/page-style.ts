/** Colours of the series and kinds: the first seven are Okabe and Ito's, which colour-blind readers can tell apart. */
const light =
  "#0072b2 #7a7f85 #d55e00 #009e73 #cc79a7 #e69f00 #56b4e9 #8c6d31 #b0a000 #3f4f8f #8a3b12 #4d9221 #a0a7ae #c7ccd1";
const dark =
  "#4aa8e0 #9aa1a8 #f08040 #35c79a #e29cc4 #f0b840 #8fd0f5 #c0a060 #d8cc40 #8f9fe0 #d98a5f #8fc95f #7d858c #59626a";

function palette(colours: string): string {
  return colours
    .split(" ")
    .map((colour, index) => `--c${index}: ${colour};`)
    .join(" ");
}

const classes = light
  .split(" ")
  .map(
    (_, index) =>
      `.c${index} { --colour: var(--c${index}); } .line.c${index} { stroke: var(--c${index}); } .area.c${index}, .edit.c${index} { fill: var(--c${index}); }`,
  )
  .join("\n");

/** The page's style: light and dark by the reader's setting, light on paper; read-outs show where the pointer is. */
export const pageStyle: string = `
:root { color-scheme: light; --ink: #1b1f24; --soft: #5b6570; --ground: #ffffff; --panel: #f5f7f9; --rule: #dde3e8; ${palette(light)} }
@media screen and (prefers-color-scheme: dark) { :root { color-scheme: dark; --ink: #e8ecf0; --soft: #9aa5b0; --ground: #14181c; --panel: #1c2228; --rule: #323b44; ${palette(dark)} } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1080px; padding: 28px 20px 60px; background: var(--ground); color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", sans-serif; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 6px; overflow-wrap: anywhere; } h2 { font-size: 1.15rem; margin: 38px 0 4px; } h3 { font-size: 1rem; margin: 26px 0 4px; }
p { margin: 4px 0 12px; max-width: 80ch; text-wrap: pretty; } .soft { color: var(--soft); } .lead { font-size: 1.1rem; } .small { font-size: 0.88rem; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(200px, 1fr)); gap: 12px; margin: 20px 0 12px; }
.card { background: var(--panel); border: 1px solid var(--rule); border-top: 4px solid var(--colour); border-radius: 8px; padding: 12px 14px; break-inside: avoid; }
.card h3 { margin: 0 0 6px; font-size: 0.95rem; font-weight: 600; } .card b { font-size: 1.5rem; display: block; font-variant-numeric: tabular-nums; } .card dl { margin: 6px 0 0; display: grid; grid-template-columns: 1fr auto; gap: 1px 8px; font-size: 0.88rem; }
.card dt { color: var(--soft); } .card dd { margin: 0; text-align: right; font-variant-numeric: tabular-nums; }
.chart { width: 100%; height: auto; display: block; } .scroll { overflow-x: auto; }
.grid { stroke: var(--rule); } .tick { fill: var(--soft); font-size: 12px; } .line { fill: none; stroke-width: 2; } .area { stroke: none; } .edit { stroke: var(--ground); stroke-width: 1; }
.limit { stroke: var(--ink); stroke-dasharray: 7 5; stroke-width: 1.5; pointer-events: none; } .mark { stroke: var(--ink); stroke-width: 2; } .column, .near { fill: transparent; }
.say { display: none; pointer-events: none; font-size: 12px; transform-box: fill-box; } .say.before { transform-origin: 100% 0; } .say text { fill: var(--ink); white-space: pre; } .say .head { font-weight: 600; } .box { fill: var(--ground); stroke: var(--soft); }
.at:hover .say { display: block; } .at:hover .column { fill: var(--ink); fill-opacity: 0.12; } .at:hover .near { stroke: var(--ink); stroke-width: 2; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 4px 0 0; padding: 0; font-size: 0.88rem; } .key { display: inline-block; width: 14px; height: 14px; border-radius: 3px; margin-right: 6px; vertical-align: -2px; background: var(--colour); } .key.round { width: 10px; height: 10px; border-radius: 50%; vertical-align: 0; } .key.dashed { height: 0; border-top: 2px dashed var(--ink); border-radius: 0; background: none; vertical-align: 4px; width: 20px; }
${classes}
table { border-collapse: collapse; width: 100%; font-size: 0.88rem; } th, td { text-align: left; padding: 5px 12px 5px 0; border-bottom: 1px solid var(--rule); vertical-align: top; white-space: nowrap; } th { color: var(--soft); font-weight: 600; } td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; } .wrap { white-space: normal; overflow-wrap: anywhere; } .why { white-space: normal; overflow-wrap: anywhere; width: 100%; } td i { display: none; font-style: normal; color: var(--soft); }
summary { cursor: pointer; margin: 14px 0 10px; }
.bar { margin: 10px 0; break-inside: avoid; } .bar p { display: flex; justify-content: space-between; gap: 12px; margin: 0 0 3px; max-width: none; font-size: 0.92rem; } .bar b { font-variant-numeric: tabular-nums; white-space: nowrap; } .bar.marked p span { font-weight: 600; }
.track { position: relative; display: flex; height: 26px; background: var(--panel); border: 1px solid var(--rule); border-radius: 4px; overflow: hidden; } .track i { display: block; height: 100%; background: var(--colour); border-right: 1px solid var(--ground); } .track em { position: absolute; top: 0; bottom: 0; border-left: 2px dashed var(--ink); transform: translateX(-2px); }
.plan { border: 1px solid var(--rule); border-radius: 8px; padding: 4px 16px 12px; margin: 14px 0; } .plan h3 { margin-top: 12px; } h4 { margin: 14px 0 4px; font-size: 0.92rem; } pre { background: var(--panel); border: 1px solid var(--rule); border-radius: 6px; padding: 10px 12px; overflow-x: auto; font-size: 0.85rem; line-height: 1.45; user-select: all; } td summary { margin: 0; font-size: 0.85rem; } td details p { margin: 4px 0; }
@media screen and (max-width: 640px) { .chart { min-width: 560px; } .tick { font-size: 19px; } .say { transform: scale(1.3); }
  .cards { grid-template-columns: 1fr 1fr; } .card { padding: 10px; } .card b { font-size: 1.2rem; } .card dl { font-size: 0.8rem; }
  thead { display: none; } tr { display: flex; flex-wrap: wrap; gap: 2px 12px; padding: 8px 0; border-bottom: 1px solid var(--rule); } td, td.n { border: 0; padding: 0; text-align: left; } td i { display: inline; } }
@media print { body { max-width: none; padding: 0; font-size: 13px; } .cards { grid-template-columns: 1fr 1fr; } h2, h3 { break-after: avoid; } .scroll, .legend, tr { break-inside: avoid; } .scroll { overflow: visible; } .column, .say { display: none; } .plan { break-inside: auto; } pre { white-space: pre-wrap; } details::details-content { content-visibility: visible; block-size: auto; } }
`;
