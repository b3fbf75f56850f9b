// Keeps #live as new as the ledger: asks once a second, and is told nothing while nothing has changed.
"use strict";
(() => {
  const EVERY_MS = 1000;
  let version = document.body.dataset.version;

  function openKeys(root) {
    return new Set([...root.querySelectorAll("details[open]")].map((each) => each.dataset.key));
  }

  async function refresh() {
    const live = document.getElementById("live");
    if (live && !document.hidden && !live.contains(document.activeElement?.closest?.("form"))) {
      const url = new URL(location.href);
      url.searchParams.delete("notice");
      url.searchParams.delete("error");
      try {
        const response = await fetch(url, { headers: { "x-version": version } });
        if (response.status === 200) {
          const page = new DOMParser().parseFromString(await response.text(), "text/html");
          const fresh = page.getElementById("live");
          const open = openKeys(live);
          for (const each of fresh.querySelectorAll("details")) each.open = open.has(each.dataset.key);
          live.replaceWith(fresh);
          version = page.body.dataset.version;
        }
      } catch {
        // the gateway is gone for the moment: asked again below
      }
    }
    setTimeout(refresh, EVERY_MS);
  }

  setTimeout(refresh, EVERY_MS);
})();
