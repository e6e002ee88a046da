extension Page {
  static let style = """
    :root {
      color-scheme: light dark;
      --paper: #fbfaf8; --ink: #1d1f21; --faint: #6a6f76; --rule: #dcd9d3; --raised: #ffffff;
      --right: #1f7a4d; --doubtful: #b07800; --wrong: #c62f2f; --bar: #7a9cc6;
      --mark: #ffd9d6; --ins: #ffe7b8; --del: #e3dcff;
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --paper: #16181b; --ink: #e6e4df; --faint: #9aa0a8; --rule: #33373d; --raised: #1e2125;
        --right: #4fc98b; --doubtful: #e8b339; --wrong: #ff6b66; --bar: #4f78ab;
        --mark: #6b2624; --ins: #5c4512; --del: #40367a;
      }
    }
    body {
      margin: 0 auto; max-width: 76rem; padding: 1.5rem; background: var(--paper);
      color: var(--ink); font: 16px/1.5 system-ui, sans-serif;
    }
    h1 { font-size: 1.6rem; margin: 0 0 .25rem; overflow-wrap: anywhere; }
    h2 { font-size: 1.2rem; margin: 2.5rem 0 .75rem; }
    h3 { font-size: 1rem; margin: 1.5rem 0 .5rem; overflow-wrap: anywhere; }
    h4 { font-size: .8rem; margin: .75rem 0 .25rem; color: var(--faint); font-weight: 600; }
    small, .note, .legend { color: var(--faint); font-weight: 400; font-size: .875rem; }
    .note { max-width: 60ch; }
    code, pre, .read, .is { font-family: ui-monospace, "DejaVu Sans Mono", monospace; }
    .wide { overflow-x: auto; }
    table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .9rem; }
    th, td { padding: .3rem .7rem; text-align: right; border-bottom: 1px solid var(--rule); }
    thead th { color: var(--faint); font-weight: 600; vertical-align: bottom; }
    th:first-child, td:first-child { text-align: left; padding-left: 0; }
    .sum > * { font-weight: 700; }
    .confusions td { text-align: left; }
    .confusions th { text-align: left; }
    .meter {
      display: inline-block; height: .7em; margin-right: .3em; background: var(--bar);
      border-radius: 2px;
    }
    .columns { display: grid; grid-template-columns: 3fr 2fr; gap: 0 3rem; }
    @media (max-width: 60rem) { .columns { grid-template-columns: 1fr; } }
    .charts { display: flex; flex-wrap: wrap; gap: 1rem; }
    figure { margin: 0; flex: 1 1 16rem; max-width: 22rem; }
    figure svg { width: 100%; }
    figure text { fill: var(--faint); font-size: 11px; }
    .middle { text-anchor: middle; } .end { text-anchor: end; }
    figcaption { font-size: .875rem; text-align: center; }
    .frame { fill: none; stroke: var(--rule); }
    .bar, .amount { fill: var(--bar); }
    .promise { stroke: var(--ink); stroke-width: 2; }
    .diagonal { stroke: var(--faint); stroke-dasharray: 4 4; }
    .legend { margin: .25rem 0; }
    .key {
      display: inline-block; width: .8em; height: .8em; margin: 0 .3em 0 .9em;
      border: 2px solid; border-radius: 2px; vertical-align: -.1em;
    }
    .key:first-child { margin-left: 0; }
    .key.right { border-color: var(--right); }
    .key.doubtful { border-color: var(--doubtful); border-style: dashed; }
    .key.wrong { border-color: var(--wrong); border-width: 3px; }
    .controls { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; margin: 1rem 0; }
    [hidden] { display: none; }
    article {
      background: var(--raised); border: 1px solid var(--rule); border-radius: 8px;
      padding: 0 1rem 1rem; margin: 0 0 1.25rem;
    }
    .pair { display: grid; grid-template-columns: minmax(0, 3fr) minmax(0, 2fr); gap: 1.5rem; }
    @media (max-width: 48rem) { .pair { grid-template-columns: 1fr; } }
    .picture { width: 100%; max-height: 36rem; background: #808080; border-radius: 4px; }
    image { image-rendering: pixelated; }
    .picture rect, .character rect { fill: none; stroke-width: 1.5; vector-effect: non-scaling-stroke; }
    .picture .boxes rect { pointer-events: all; }
    rect.right { stroke: #19b56b; }
    rect.doubtful { stroke: #f0b000; stroke-dasharray: 4 2; }
    rect.wrong { stroke: #ff3b30; }
    .picture rect.wrong { stroke-width: 3; }
    body:has(#boxes:not(:checked)) .boxes { display: none; }
    pre {
      margin: 0; padding: .5rem .7rem; border: 1px solid var(--rule); border-radius: 4px;
      font-size: 1.05rem; white-space: pre-wrap; overflow-wrap: anywhere;
    }
    mark, ins, del { color: inherit; border-radius: 2px; padding: 0 .08em; }
    mark { background: var(--mark); border-bottom: 2px solid var(--wrong); }
    ins { background: var(--ins); text-decoration: underline wavy var(--doubtful); }
    del { background: var(--del); text-decoration: line-through; }
    .lines { margin-top: .75rem; }
    .lines td:first-child { overflow-wrap: anywhere; }
    details { margin-top: .75rem; }
    summary { cursor: pointer; font-size: .875rem; color: var(--faint); }
    .characters { display: flex; flex-wrap: wrap; gap: .4rem; margin: .5rem 0; }
    .character {
      width: 5.2rem; padding: .3rem; border: 1px solid var(--rule); border-radius: 6px;
      text-align: center; font-size: .75rem; line-height: 1.35;
    }
    .character.doubtful { border: 2px dashed var(--doubtful); }
    .character.wrong { border: 2px solid var(--wrong); }
    .character svg { height: 3rem; width: 100%; }
    .character .read { font-size: 1.2rem; line-height: 1.3; }
    .character .is { color: var(--wrong); font-weight: 700; }
    .character .sure { font-variant-numeric: tabular-nums; }
    .character ol {
      list-style: none; margin: .2rem 0 0; padding: .2rem 0 0; color: var(--faint);
      border-top: 1px solid var(--rule); font-variant-numeric: tabular-nums;
    }
    """

  /// The script that sorts, and filters by tier; everything else works without it.
  static let script = """
    const list = document.getElementById('images');
    const articles = [...list.children];
    const tier = document.getElementById('tier');
    const order = document.getElementById('order');
    for (const name of ['all tiers', ...new Set(articles.map(a => a.dataset.tier))]) {
      tier.add(new Option(name, name === 'all tiers' ? '' : name));
    }
    tier.onchange = () => {
      for (const a of articles) a.hidden = tier.value !== '' && a.dataset.tier !== tier.value;
    };
    order.onchange = () => {
      const key = order.value;
      const compare = key === 'name'
        ? (a, b) => a.dataset.name.localeCompare(b.dataset.name)
        : (a, b) => a.dataset[key] - b.dataset[key];
      list.append(...articles.sort(compare));
    };
    for (const label of document.querySelectorAll('.scripted')) label.hidden = false;
    """
}
