/** Of the backtest's page, in light and in dark. An open end fades out. */
export const style = `
:root{color-scheme:light dark;--ink:#1c1e21;--paper:#fff;--faint:#5c6370;--rule:#dcdfe4;--fixed:#2b7a3d;--asked:#8f5b0c;--told:#3f6597;--exempt:#6b6f76}
@media(prefers-color-scheme:dark){:root{--ink:#e4e6ea;--paper:#16181c;--faint:#a3aab5;--rule:#353941;--fixed:#5fbf77;--asked:#e0a44a;--told:#8ab0e0;--exempt:#a3aab5}}
body{font:15px/1.45 system-ui,sans-serif;margin:0;color:var(--ink);background:var(--paper)}
main{max-width:100rem;margin:0 auto;padding:1.5rem}h1{font-size:1.5rem}
table{border-collapse:collapse;width:100%;table-layout:fixed}
thead th{position:sticky;top:0;background:var(--paper);z-index:2;text-align:left;padding:.35rem .6rem}
tbody th{font-weight:400;text-align:left;overflow-wrap:anywhere}
tbody th,tbody td{vertical-align:top;padding:.5rem .6rem;border-top:1px solid var(--rule)}
.line{width:58%;padding-left:1.2rem;padding-right:2.5rem}
details{color:var(--faint);font-size:.87em}details ul{margin:.2rem 0;padding-left:1.2rem}summary{cursor:pointer}main>details{margin-top:1.5rem}
b.fixed{color:var(--fixed)}b.asked,b.held{color:var(--asked)}b.told{color:var(--told)}b.exempt{color:var(--exempt)}
.axis{position:relative;height:1.3rem;font-weight:400;font-size:.8rem;color:var(--faint)}
.axis span{position:absolute;transform:translateX(-50%);white-space:nowrap}
.lane{position:relative;height:1.5rem}.lane>i{position:absolute;top:-.5rem;bottom:-.5rem;width:1px;background:var(--rule)}
.bar{display:block;background:var(--exempt)}.lane .bar{position:absolute;top:.25rem;height:1rem;min-width:4px;border-radius:2px;z-index:1}
.bar.fixed{background:var(--fixed)}.bar.asked,.bar.held{background:var(--asked)}.bar.told{background:var(--told)}
.bar[data-open]{-webkit-mask-image:linear-gradient(90deg,#000 70%,#0003);mask-image:linear-gradient(90deg,#000 70%,#0003)}
.who{position:absolute;top:.12rem;padding:0 .45rem;white-space:nowrap;max-width:60%;overflow:hidden;text-overflow:ellipsis;font-size:.87em;z-index:1}
.who.inside{top:.12rem;color:var(--paper);z-index:2}
.legend{display:flex;flex-wrap:wrap;gap:.3rem 1.4rem;color:var(--faint)}.legend .bar{display:inline-block;width:1.6rem;height:.8rem;border-radius:2px;margin-right:.45rem;vertical-align:-.05rem}
@media(max-width:50rem){table,tbody,tr,tbody th,tbody td{display:block;width:auto}thead{display:none}tbody td{border:0}}
@media print{thead th{position:static}.bar{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
`;
