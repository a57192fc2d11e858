package org.revlayers.internal.planner.page;

import lombok.AccessLevel;
import lombok.NoArgsConstructor;

/** How a page looks: light and dark as the reader's system is, and on paper. */
@NoArgsConstructor(access = AccessLevel.PRIVATE)
final class Style {

    private static final String LIGHT =
            "--bg:#ffffff;--tile:#f7f8fa;--ink:#16181d;--soft:#5a6270;--line:#e3e6eb;--axis:#9aa3b0;--plain:#8a93a1;--budget:#c2185b;--mark:#eef4fd;"
                    + Methods.variables(false);
    private static final String DARK =
            "--bg:#15171b;--tile:#1d2026;--ink:#eef0f4;--soft:#a4acba;--line:#2c3038;--axis:#6b7382;--plain:#8f98a7;--budget:#ff6f9f;--mark:#1c2736;"
                    + Methods.variables(true);

    static final String CSS = ":root{" + LIGHT + "}@media (prefers-color-scheme:dark){:root{" + DARK + "}}"
            + """
            *{box-sizing:border-box}
            body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,Helvetica,Arial,sans-serif}
            main{max-width:1120px;margin:0 auto;padding:32px 20px 64px}
            h1{font-size:28px;line-height:1.2;margin:0 0 6px}
            h2{font-size:19px;margin:44px 0 12px}
            header p{margin:0;color:var(--soft)}
            .tiles{display:flex;flex-wrap:wrap;gap:12px;margin:24px 0 0}
            .tile{flex:1 1 220px;background:var(--tile);border:1px solid var(--line);border-radius:10px;padding:14px 16px}
            .tile span{display:block;color:var(--soft);font-size:13px}
            .tile strong{display:block;font-size:25px;line-height:1.35;font-weight:650}
            figure{margin:0}
            svg{display:block;width:100%;height:auto;font:12px system-ui,-apple-system,"Segoe UI",Roboto,Helvetica,Arial,sans-serif}
            figcaption,caption{color:var(--soft);font-size:13px;text-align:left}
            figcaption{margin-top:4px}
            caption{padding:0 0 8px}
            table{width:100%;border-collapse:collapse;margin:22px 0 0;font-variant-numeric:tabular-nums}
            th,td{padding:6px 12px 6px 0;border-bottom:1px solid var(--line);text-align:left;font-weight:400;white-space:nowrap}
            thead th{color:var(--soft);font-size:13px;border-bottom:1px solid var(--axis)}
            tbody th{font-weight:500;white-space:normal;overflow-wrap:anywhere}
            th.num,td.num{text-align:right;padding-right:24px}
            .chosen-row{background:var(--mark)}
            .legend{display:flex;flex-wrap:wrap;gap:4px 18px;list-style:none;margin:0 0 6px;padding:0;font-size:13px}
            .dot{display:inline-block;width:10px;height:10px;border-radius:3px;margin-right:7px}
            .key{display:inline-block;width:20px;height:0;border-top:2px solid var(--plain);margin-right:7px;vertical-align:middle}
            .budget-key{border-top:2px dashed var(--budget)}
            .point-key,.measured-key{width:9px;height:9px;border:0;background:var(--m0);border-radius:50%}
            .measured-key{background:var(--bg);border:2px solid var(--ink);border-radius:0;transform:rotate(45deg)}
            .grid{stroke:var(--line)}
            .axis{stroke:var(--axis)}
            .tick{fill:var(--soft)}
            .told{fill:var(--ink);font-weight:600}
            .end{text-anchor:end}
            .mid{text-anchor:middle}
            .live{opacity:.38}
            .plain-area{fill:var(--plain);opacity:.13}
            .plain-line{fill:none;stroke:var(--plain);stroke-width:2;stroke-linejoin:round}
            .budget{stroke:var(--budget);stroke-width:2;stroke-dasharray:6 5}
            .budget-text{fill:var(--budget);font-weight:600}
            .frontier{fill:none;stroke:var(--m0);stroke-width:2;stroke-linejoin:round}
            .point,.chosen{fill:var(--m0);stroke:var(--bg);stroke-width:2}
            .plain-point{fill:var(--plain);stroke:var(--bg);stroke-width:2}
            .measured{fill:var(--bg);stroke:var(--ink);stroke-width:2}
            @media print{:root{"""
            + LIGHT
            + """
            }body{font-size:12px;print-color-adjust:exact;-webkit-print-color-adjust:exact}main{max-width:none;padding:0}
            figure,tr,.tile{break-inside:avoid}h2{break-after:avoid}thead{display:table-header-group}}
            """
            + Methods.classes();
}
