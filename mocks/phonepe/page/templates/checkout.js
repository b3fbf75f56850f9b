// PhonePeCheckout.transact({ tokenUrl, callback, type: "IFRAME" | "REDIRECT" }): callback("CONCLUDED" | "USER_CANCEL").
"use strict";
window.PhonePeCheckout = (() => {
  let frame = null;
  let tell = null;

  function closePage() {
    frame?.remove();
    frame = null;
  }

  addEventListener("message", ({ source, data }) => {
    if (!frame || source !== frame.contentWindow || data?.source !== "phonepe-checkout") return;
    closePage();
    tell?.(data.outcome);
  });

  function transact({ tokenUrl, callback, type = "REDIRECT" }) {
    if (type !== "IFRAME") {
      location.assign(tokenUrl);
      return;
    }
    closePage();
    tell = callback;
    const url = new URL(tokenUrl);
    url.searchParams.set("frame", "true");
    frame = document.createElement("iframe");
    frame.title = "Payment";
    frame.src = url.href;
    Object.assign(frame.style, { position: "fixed", inset: "0", width: "100%", height: "100%", border: "0", zIndex: "2147483647" });
    document.body.append(frame);
    frame.focus();
  }

  return { transact, closePage };
})();
