import { palette } from './canvas.js';

/** Colours of figures on a dark page: presentation attributes yield to these rules. */
const darkColours: ReadonlyArray<readonly [light: string, dark: string]> = [
  [palette.ink, '#e8eaed'],
  [palette.quiet, '#a2a9b4'],
  [palette.faint, '#3a3f47'],
  [palette.blue, '#58aee6'],
  [palette.orange, '#ff8c42'],
  [palette.green, '#2cc79a'],
  ['#7a7a7a', '#a0a0a0'],
];

const darkRules = darkColours
  .flatMap(([light, dark]) => ['fill', 'stroke', 'color'].map((name) => `.plain [${name}="${light}"]{${name}:${dark}}`))
  .join('\n');

/** The whole style sheet of a report. No fonts, images or other files. */
export const style = `
:root{--ink:#1a1a1a;--quiet:#5c6370;--line:#d7dae0;--page:#ffffff;--card:#f5f6f8;--blue:#0072b2;--good:#00704f;--goodground:#e5f4ee;--warn:#a34700;--warnground:#fdf0e4;color-scheme:light dark}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,"Noto Sans",sans-serif;overflow-wrap:anywhere}
main{max-width:828px;margin:0 auto;padding:40px 24px 64px;overflow-x:clip}
header p,figcaption span,.quiet{color:var(--quiet)}
header .made{margin:0 0 4px;font-size:14px}
h1{margin:0 0 8px;font-size:30px;line-height:1.2;letter-spacing:-.01em}
header .lead{margin:0 0 24px;font-size:18px;line-height:1.5;color:var(--ink)}
h2{margin:48px 0 8px;padding-top:20px;border-top:1px solid var(--line);font-size:21px;line-height:1.3}
h3{margin:28px 0 6px;font-size:16px}
p,ul{margin:8px 0}
ul.notes{padding-left:20px;color:var(--quiet);font-size:15px}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px;margin:0;padding:0}
.cards div{background:var(--card);border-radius:10px;padding:12px 16px}
.cards dt{font-size:13px;color:var(--quiet)}
.cards dd{margin:2px 0 0;font-size:24px;font-weight:600;line-height:1.25;font-variant-numeric:tabular-nums}
.cards dd small{display:block;font-size:13px;font-weight:400;color:var(--quiet);line-height:1.4}
.verdict{margin:12px 0;padding:14px 18px;border-radius:10px;border-left:5px solid var(--good);background:var(--goodground)}
.verdict.open{border-color:var(--warn);background:var(--warnground)}
.verdict b{display:block;font-size:17px;color:var(--good)}
.verdict.open b{color:var(--warn)}
.verdict p{margin:4px 0 0}
.scroll{overflow-x:auto;margin:12px 0}
table{border-collapse:collapse;font-size:14px;font-variant-numeric:tabular-nums;min-width:100%}
th,td{padding:6px 10px;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
th{font-weight:600;color:var(--quiet);vertical-align:bottom;overflow-wrap:normal}
td.number,th.number{text-align:right}
td.number{white-space:nowrap}
td{overflow-wrap:normal}
td.name{min-width:120px;max-width:380px;overflow-wrap:anywhere}
tr.chosen td{background:var(--card);font-weight:600}
figure{margin:24px 0}
figcaption{margin-bottom:4px;line-height:1.4}
figcaption b{display:block}
figcaption span{display:block;font-size:14px}
.legend{display:flex;flex-wrap:wrap;gap:2px 18px;margin:4px 0;padding:0;list-style:none;font-size:14px}
.legend svg{margin-right:6px;vertical-align:-1px}
figure>svg{display:block;width:100%;height:auto;overflow:visible}
figure svg,figure svg svg{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
figure svg.narrow{display:none}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,330px),1fr));gap:8px 28px}
.pair figure{margin:16px 0;min-width:0}
.pair figure:only-child{max-width:480px}
.formula{margin:12px 0;padding:14px 18px;background:var(--card);border-radius:10px;font-size:16px;line-height:1.7;font-variant-numeric:tabular-nums}
.formula div{padding-left:48px;text-indent:-24px}
.formula div:first-child{padding-left:24px}
.formula var{font-style:normal;color:var(--blue)}
details{margin:12px 0;border:1px solid var(--line);border-radius:10px;padding:0 16px}
summary{padding:10px 0;cursor:pointer;font-weight:600;font-size:15px}
pre{margin:12px 0;padding:14px 18px;background:var(--card);border-radius:10px;white-space:pre-wrap;font:14px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
footer{margin-top:48px;padding-top:16px;border-top:1px solid var(--line);font-size:14px;color:var(--quiet)}
@media (max-width:600px){
main{padding:24px 16px 48px}
h1{font-size:25px}
header .lead{font-size:17px}
h2{margin-top:36px}
.cards{grid-template-columns:repeat(auto-fit,minmax(132px,1fr))}
.cards dd{font-size:21px}
th,td{padding:6px 6px}
td.name{min-width:96px}
figure svg.wide{display:none}
figure svg.narrow{display:block}
.formula div{padding-left:28px;text-indent:-18px}
.formula div:first-child{padding-left:18px}
}
@media screen and (prefers-color-scheme:dark){
:root{--ink:#e8eaed;--quiet:#a2a9b4;--line:#3a3f47;--page:#16181c;--card:#21252b;--blue:#58aee6;--good:#4fd1a5;--goodground:#16302a;--warn:#ffa25e;--warnground:#38281a}
${darkRules}
.plain text[stroke="white"]{stroke:var(--page)}
.plain circle[fill="white"]{fill:var(--page)}
.paper>svg{background:#ffffff;border-radius:8px;padding:8px}
}
@media print{
body{font-size:11pt}
main{max-width:none;padding:0}
h2{margin-top:28px}
h2,h3,figcaption{break-after:avoid}
figure,.verdict,.cards,.formula,tr,pre{break-inside:avoid}
.verdict,.cards div,.formula,pre,tr.chosen td{print-color-adjust:exact;-webkit-print-color-adjust:exact}
}
`;
